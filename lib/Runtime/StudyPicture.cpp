//===- StudyPicture.cpp - The curves of a study ---------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StudyPicture.h"

#include <algorithm>
#include <math.h>

using namespace bn::runtime;

namespace {

using Results = std::vector<const StudyResult *>;

/// Runs whose curves share panels.
struct Group {
  std::string name;
  Results results;
};

} // namespace

static std::vector<Group> groupsOf(const std::vector<StudyResult> &results) {
  std::vector<Group> groups;
  for (const StudyResult &result : results) {
    auto known =
        std::find_if(groups.begin(), groups.end(), [&](const Group &group) {
          return group.name == result.run.group;
        });
    if (known == groups.end())
      known = groups.insert(known, {result.run.group, {}});
    known->results.push_back(&result);
  }
  return groups;
}

static std::string titleOf(const char *what, const Group &group) {
  return group.name.empty() ? what : std::string(what) + ", " + group.name;
}

/// A value of an epoch, if the parameters are numbers at all then.
static double valueOf(const EpochRecord &epoch, double EpochRecord::*value) {
  return isfinite(epoch.trainLoss) ? epoch.*value : NAN;
}

/// One curve for each run of the group, by epoch.
static Panel makeEpochPanel(const char *what, const char *label,
                            const Group &group, bool ordered,
                            double EpochRecord::*value, double factor) {
  Panel panel;
  panel.title = titleOf(what, group);
  panel.xLabel = "epoch";
  panel.yLabel = label;
  panel.ordered = ordered;
  for (const StudyResult *result : group.results) {
    Curve curve = {result->run.curve, {}, {}};
    for (const EpochRecord &epoch : result->epochs) {
      curve.x.push_back(static_cast<double>(curve.x.size() + 1));
      curve.y.push_back(factor * valueOf(epoch, value));
    }
    if (size_t epoch = result->divergedIn())
      curve.name += " (diverged in epoch " + std::to_string(epoch) + ")";
    panel.curves.push_back(std::move(curve));
  }
  return panel;
}

static Panel makeAccuracyPanel(const char *what, const Group &group,
                               bool ordered, double EpochRecord::*value) {
  Panel panel = makeEpochPanel(what, "percent", group, ordered, value, 100);
  panel.yMaximum = 100;
  return panel;
}

/// The end of the loss axis: of all groups, so that they can be compared. A
/// loss may rise far above that of guessing, which starts all curves.
static double largestLoss(const std::vector<StudyResult> &results) {
  double largest = 0, largestAtFirst = 0;
  for (const StudyResult &result : results)
    for (const EpochRecord &epoch : result.epochs)
      if (isfinite(epoch.trainLoss))
        largest = fmax(largest, epoch.trainLoss);
  for (const StudyResult &result : results)
    if (result.run.trainer)
      largestAtFirst =
          fmax(largestAtFirst, log(result.run.trainer->class_count));
  return fmin(largest, 1.5 * largestAtFirst);
}

static bool exceeds(const Panel &panel, double limit) {
  for (const Curve &curve : panel.curves)
    for (double y : curve.y)
      if (y > limit)
        return true;
  return false;
}

/// What the runs came to, a curve for each group.
static Panel makeFactorPanel(const StudyOptions &options, const char *title,
                             const std::vector<Group> &groups,
                             double EpochRecord::*value) {
  Panel panel;
  panel.title = title;
  panel.xLabel = options.factor;
  panel.yLabel = "percent";
  panel.yMaximum = 100;
  panel.logarithmicX = true;
  for (const Group &group : groups) {
    Curve curve = {group.name, {}, {}};
    for (const StudyResult *result : group.results) {
      if (result->epochs.empty())
        continue;
      curve.x.push_back(result->run.factor);
      curve.y.push_back(100 * valueOf(result->epochs.back(), value));
      panel.logarithmicX &= result->run.factor > 0;
    }
    panel.curves.push_back(std::move(curve));
  }
  return panel;
}

/// A curve for each layer.
static Panel makeSpreadPanel(const StudyOptions &options, const char *title,
                             const char *label,
                             const std::vector<StudyResult> &results,
                             double StatisticsSpread::*value) {
  Panel panel;
  panel.title = title;
  panel.xLabel = options.factor;
  panel.yLabel = label;
  panel.logarithmicX = panel.logarithmicY = true;
  double smallest = INFINITY;
  for (const StudyResult &result : results)
    for (size_t i = 0; i < result.spread.size(); ++i) {
      if (panel.curves.size() <= i)
        panel.curves.push_back({result.spread[i].name, {}, {}});
      if (!(result.spread[i].*value > 0))
        continue;
      panel.curves[i].x.push_back(result.run.factor);
      panel.curves[i].y.push_back(result.spread[i].*value);
      smallest = fmin(smallest, result.spread[i].*value);
      panel.yMaximum = fmax(panel.yMaximum, result.spread[i].*value);
    }
  // What lies below is as good as none: two values that a batch norm has made
  // opposite ones have the same mean in all batches but for its epsilon.
  panel.yMinimum = fmin(fmax(smallest, 1e-3), panel.yMaximum);
  return panel;
}

std::vector<Panel>
bn::runtime::makePanels(const StudyOptions &options,
                        const std::vector<StudyResult> &results) {
  std::vector<Group> groups = groupsOf(results);
  bool ordered = !options.factor.empty();
  double EpochRecord::*const ends[] = {&EpochRecord::testAccuracy,
                                       &EpochRecord::trainAccuracy};
  const char *const endTitles[] = {"Test accuracy at the end",
                                   "Training accuracy at the end"};
  std::vector<Panel> panels;
  double loss = largestLoss(results);
  for (size_t i = 0; i < groups.size(); ++i) {
    Panel losses = makeEpochPanel("Loss", "mean loss", groups[i], ordered,
                                  &EpochRecord::trainLoss, 1);
    losses.yMaximum = loss;
    if (exceeds(losses, loss))
      losses.yLabel += ", cut off";
    panels.push_back(std::move(losses));
    panels.push_back(makeAccuracyPanel("Test accuracy", groups[i], ordered,
                                       &EpochRecord::testAccuracy));
    panels.push_back(
        ordered
            ? makeFactorPanel(options, endTitles[i % 2], groups, ends[i % 2])
            : makeAccuracyPanel("Training accuracy", groups[i], ordered,
                                &EpochRecord::trainAccuracy));
  }
  if (!options.measuresSpread)
    return panels;
  panels.push_back(makeSpreadPanel(options, "Spread of the batches' means",
                                   "running deviations", results,
                                   &StatisticsSpread::mean));
  panels.push_back(makeSpreadPanel(options, "Spread of the batches' variances",
                                   "running variances", results,
                                   &StatisticsSpread::variance));
  return panels;
}
