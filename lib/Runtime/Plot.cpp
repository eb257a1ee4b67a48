//===- Plot.cpp - Curves as an SVG picture ----------------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Plot.h"
#include "bn/Runtime/Writers.h"

#include <algorithm>
#include <math.h>
#include <set>
#include <stdarg.h>
#include <stdio.h>

using namespace bn::runtime;

// Sizes in SVG's user units, of a panel and of its margins.
static constexpr double panelWidth = 420, plotHeight = 250, left = 58,
                        right = 14, top = 34, below = 44, legendLine = 17,
                        titleHeight = 34;
static constexpr size_t panelsInRow = 3;
/// Curves may leave the plot by half a dot.
static constexpr double overhang = 3;

/// Told apart by colour-blind readers too (after Okabe and Ito).
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73",
                                      "#cc79a7", "#e69f00", "#56b4e9",
                                      "#000000", "#8c6d31"};

/// Dark to light, and as even to the eye as possible: points of viridis,
/// without its yellow, which is hard to see on white.
static constexpr double ramp[][3] = {
    {68, 1, 84}, {62, 74, 137}, {38, 130, 142}, {53, 183, 121}, {173, 210, 40}};

/// The colour of curve `index`.
static std::string colourOf(const Panel &panel, size_t index) {
  if (!panel.ordered)
    return colours[index % (sizeof colours / sizeof *colours)];
  constexpr size_t pieces = sizeof ramp / sizeof *ramp - 1;
  double place = panel.curves.size() < 2
                     ? 0
                     : static_cast<double>(index * pieces) /
                           static_cast<double>(panel.curves.size() - 1);
  size_t piece = std::min(static_cast<size_t>(place), pieces - 1);
  double share = place - static_cast<double>(piece);
  int mixed[3];
  for (int i = 0; i < 3; ++i)
    mixed[i] = static_cast<int>(ramp[piece][i] * (1 - share) +
                                ramp[piece + 1][i] * share);
  char text[8];
  snprintf(text, sizeof text, "#%02x%02x%02x", mixed[0] & 255, mixed[1] & 255,
           mixed[2] & 255);
  return text;
}

namespace {

/// A range of values and the pixels they are drawn at.
class Axis {
public:
  /// Ticks will be at least `finest` apart.
  Axis(double low, double high, double from, double to, bool logarithmic,
       double finest)
      : from(from), to(to), finest(finest), logarithmic(logarithmic) {
    if (!(low <= high))
      low = 0, high = 1;
    first = transform(low);
    last = transform(high);
    if (first == last) {
      first -= 0.5;
      last += 0.5;
    }
  }
  double place(double value) const {
    return from + (transform(value) - first) / (last - first) * (to - from);
  }
  /// Round values that cover the range.
  std::vector<double> ticks() const {
    return logarithmic ? logarithmicTicks() : evenTicks();
  }

private:
  /// 1, 2 and 5 times powers of ten, or those alone where there are many.
  std::vector<double> logarithmicTicks() const {
    bool isLong = last - first > 3;
    std::vector<double> result;
    for (double power = floor(first); power <= last; ++power)
      for (double factor : {1.0, 2.0, 5.0}) {
        double place = power + log10(factor);
        if (place >= first - 1e-9 && place <= last + 1e-9 &&
            (factor == 1 || !isLong))
          result.push_back(factor * pow(10, power));
      }
    return result;
  }
  std::vector<double> evenTicks() const {
    double rough = (last - first) / 5;
    double unit = pow(10, floor(log10(rough)));
    double step = unit;
    for (double factor : {2.0, 5.0, 10.0})
      if (step < rough)
        step = factor * unit;
    step = std::max(step, finest);
    std::vector<double> result;
    for (double i = ceil(first / step); i * step <= last * (1 + 1e-12) + 1e-12;
         ++i)
      // A zero of its own, not a negative one.
      result.push_back(i * step + 0.0);
    return result;
  }
  double transform(double value) const {
    return logarithmic ? log10(value) : value;
  }
  double from, to;
  double first, last;
  double finest;
  bool logarithmic;
};

class SvgWriter {
public:
  std::string text;
  void add(const char *format, ...) __attribute__((format(printf, 2, 3)));
  /// The text of an element; names may hold anything.
  void addEscaped(const std::string &value);
  void drawPanel(const Panel &panel, double x, double y);

private:
  void drawAxes(const Panel &panel, const Axis &horizontal,
                const Axis &vertical, const std::vector<double> &ticks);
  void drawCurve(const Curve &curve, const char *colour, const Axis &horizontal,
                 const Axis &vertical, bool isCut);
};

} // namespace

void SvgWriter::add(const char *format, ...) {
  char buffer[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  text += buffer;
}

void SvgWriter::addEscaped(const std::string &value) {
  for (char c : value) {
    if (c == '&')
      text += "&amp;";
    else if (c == '<')
      text += "&lt;";
    else if (static_cast<unsigned char>(c) < 0x20)
      text += ' ';
    else
      text += c;
  }
}

/// `ticks` are the horizontal ones.
void SvgWriter::drawAxes(const Panel &panel, const Axis &horizontal,
                         const Axis &vertical,
                         const std::vector<double> &ticks) {
  for (double value : vertical.ticks()) {
    double y = vertical.place(value);
    add("<path d=\"M%g %.1fH%g\" stroke=\"#ddd\"/>", left, y,
        panelWidth - right);
    add("<text x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n", left - 6,
        y + 4, value);
  }
  for (double value : ticks) {
    double x = horizontal.place(value);
    add("<path d=\"M%.1f %gv4\" stroke=\"#666\"/>", x, top + plotHeight);
    add("<text x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%.3g</text>\n", x,
        top + plotHeight + 17, value);
  }
  add("<path d=\"M%g %gv%gH%g\" fill=\"none\" stroke=\"#666\"/>\n", left, top,
      plotHeight, panelWidth - right);
  double middle = (left + panelWidth - right) / 2;
  add("<text x=\"%g\" y=\"%g\" text-anchor=\"middle\" font-weight=\"bold\">",
      middle, top - 12);
  addEscaped(panel.title);
  add("</text>\n<text x=\"%g\" y=\"%g\" text-anchor=\"middle\">", middle,
      top + plotHeight + 36);
  addEscaped(panel.xLabel);
  add("</text>\n<text x=\"14\" y=\"%g\" text-anchor=\"middle\" "
      "transform=\"rotate(-90 14 %g)\">",
      top + plotHeight / 2, top + plotHeight / 2);
  addEscaped(panel.yLabel);
  add("</text>\n");
}

void SvgWriter::drawCurve(const Curve &curve, const char *colour,
                          const Axis &horizontal, const Axis &vertical,
                          bool isCut) {
  std::string dots;
  bool drawing = false;
  if (isCut)
    add("<g clip-path=\"url(#plot)\">");
  add("<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\" d=\"", colour);
  size_t count = std::min(curve.x.size(), curve.y.size());
  // Dots where there are few points: a line of one point would not be seen.
  bool dotted = count <= 30;
  for (size_t i = 0; i < count; ++i) {
    if (!isfinite(curve.x[i]) || !isfinite(curve.y[i])) {
      drawing = false;
      continue;
    }
    double x = horizontal.place(curve.x[i]), y = vertical.place(curve.y[i]);
    // What is cut off may lie so far away that programs lose the whole line.
    if (isCut)
      y = std::clamp(y, top - 4 * plotHeight, top + 5 * plotHeight);
    add("%c%.1f %.1f", drawing ? 'L' : 'M', x, y);
    drawing = true;
    if (dotted) {
      char dot[80];
      snprintf(dot, sizeof dot, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>",
               x, y);
      dots += dot;
    }
  }
  add("\"/><g fill=\"%s\">", colour);
  text += dots;
  add(isCut ? "</g></g>\n" : "</g>\n");
}

/// A few numbers on a logarithmic axis, batch sizes say, are its ticks.
static std::vector<double> horizontalTicks(const Panel &panel,
                                           const Axis &horizontal) {
  constexpr size_t most = 12;
  std::set<double> values;
  for (const Curve &curve : panel.curves)
    values.insert(curve.x.begin(), curve.x.end());
  if (!panel.logarithmicX || values.size() > most)
    return horizontal.ticks();
  return {values.begin(), values.end()};
}

void SvgWriter::drawPanel(const Panel &panel, double x, double y) {
  double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
  bool hasWholeX = true; // epochs, say: no ticks between them
  auto include = [&](int axis, double value) {
    low[axis] = std::min(low[axis], value);
    high[axis] = std::max(high[axis], value);
  };
  for (const Curve &curve : panel.curves)
    for (size_t i = 0; i < std::min(curve.x.size(), curve.y.size()); ++i)
      if (isfinite(curve.x[i]) && isfinite(curve.y[i])) {
        include(0, curve.x[i]);
        hasWholeX &= curve.x[i] == floor(curve.x[i]);
        include(1, curve.y[i]);
      }
  if (panel.yMinimum < panel.yMaximum) {
    low[1] = panel.yMinimum;
    high[1] = panel.yMaximum;
  }
  double finest = hasWholeX ? 1 : 0;
  Axis horizontal(low[0], high[0], left, panelWidth - right, panel.logarithmicX,
                  finest);
  Axis vertical(low[1], high[1], top + plotHeight, top, panel.logarithmicY, 0);
  add("<g transform=\"translate(%g %g)\">\n", x, y);
  drawAxes(panel, horizontal, vertical, horizontalTicks(panel, horizontal));
  bool isCut = panel.yMinimum < panel.yMaximum;
  double line = top + plotHeight + below + legendLine;
  for (size_t i = 0; i < panel.curves.size(); ++i, line += legendLine) {
    std::string colour = colourOf(panel, i);
    drawCurve(panel.curves[i], colour.c_str(), horizontal, vertical, isCut);
    add("<path d=\"M%g %gh22\" stroke=\"%s\" stroke-width=\"3\"/>"
        "<text x=\"%g\" y=\"%g\">",
        left, line - 4, colour.c_str(), left + 28, line);
    addEscaped(panel.curves[i].name);
    add("</text>\n");
  }
  add("</g>\n");
}

Error bn::runtime::writePlot(const std::string &path, const std::string &title,
                             const std::vector<Panel> &panels) {
  size_t legend = 0;
  for (const Panel &panel : panels)
    legend = std::max(legend, panel.curves.size());
  size_t columns = std::min(panels.size(), panelsInRow);
  size_t rows = (panels.size() + panelsInRow - 1) / panelsInRow;
  double rowHeight =
      top + plotHeight + below + legendLine * static_cast<double>(legend) + 14;
  double width = panelWidth * static_cast<double>(std::max<size_t>(columns, 1));
  double height = titleHeight + rowHeight * static_cast<double>(rows);
  SvgWriter svg;
  svg.add("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%g\" "
          "height=\"%g\" viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" "
          "font-size=\"12\">\n<rect width=\"%g\" height=\"%g\" "
          "fill=\"white\"/>\n<clipPath id=\"plot\"><rect x=\"%g\" y=\"%g\" "
          "width=\"%g\" height=\"%g\"/></clipPath>\n<text x=\"%g\" y=\"22\" "
          "text-anchor=\"middle\" "
          "font-size=\"15\">",
          width, height, width, height, width, height, left - overhang,
          top - overhang, panelWidth - left - right + 2 * overhang,
          plotHeight + 2 * overhang, width / 2);
  svg.addEscaped(title);
  svg.add("</text>\n");
  for (size_t i = 0; i < panels.size(); ++i)
    svg.drawPanel(panels[i], panelWidth * static_cast<double>(i % panelsInRow),
                  titleHeight +
                      rowHeight * static_cast<double>(i / panelsInRow));
  svg.add("</svg>\n");
  return writeFile(path, {svg.text});
}
