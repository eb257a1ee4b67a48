//===- Plot.h - Curves as an SVG picture ------------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_PLOT_H
#define BN_RUNTIME_PLOT_H

#include "bn/Runtime/Error.h"

#include <vector>

namespace bn::runtime {

/// Points from left to right. The line is broken where y is not finite.
struct Curve {
  std::string name;
  std::vector<double> x, y;
};

/// One diagram. Axes begin and end where the curves do, unless `yMinimum` <
/// `yMaximum`: curves are cut off there.
struct Panel {
  std::string title;
  std::string xLabel;
  std::string yLabel;
  std::vector<Curve> curves;
  bool logarithmicX = false; // all x above 0
  double yMinimum = 0, yMaximum = 0;
  bool logarithmicY = false; // all y above 0
  /// The curves are of rising numbers: colours from dark to light, not ones as
  /// different as can be.
  bool ordered = false;
};

/// Writes the panels side by side, at most three in a row, each with a legend.
/// Curves of the same place in their panels have the same colour.
Error writePlot(const std::string &path, const std::string &title,
                const std::vector<Panel> &panels);

} // namespace bn::runtime

#endif // BN_RUNTIME_PLOT_H
