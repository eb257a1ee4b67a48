//===- Mistakes.cpp - A picture of misread inputs ---------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mistakes.h"
#include "PngWriter.h"

#include <algorithm>
#include <math.h>
#include <string.h>

using namespace bn::runtime;

namespace {

struct Color {
  uint8_t channels[3];
};

constexpr Color background = {{32, 32, 40}}, labelColor = {{96, 224, 112}},
                predictionColor = {{255, 104, 96}};

/// A canvas of RGB pixels.
struct Canvas {
  int64_t width, height;
  Buffer pixels;

  void fill(int64_t x, int64_t y, int64_t size, Color color) {
    for (int64_t row = y; row < y + size; ++row)
      for (int64_t column = x; column < x + size; ++column)
        memcpy(pixels.data() + 3 * (row * width + column), color.channels, 3);
  }
};

} // namespace

static constexpr int64_t digitWidth = 3, digitHeight = 5, fontScale = 2;

/// A row of three pixels per octal digit, from the top.
static constexpr uint16_t digits[10] = {075557, 026227, 071747, 071717, 055711,
                                        074717, 074757, 071122, 075757, 075717};

/// Width in pixels of a number and the space behind it.
static int64_t textWidth(int64_t number) {
  return static_cast<int64_t>(std::to_string(number).size()) *
         (digitWidth + 1) * fontScale;
}

static void drawNumber(Canvas &canvas, int64_t x, int64_t y, int64_t number,
                       Color color) {
  for (char c : std::to_string(number)) {
    for (int64_t row = 0; row < digitHeight; ++row)
      for (int64_t column = 0; column < digitWidth; ++column)
        if (digits[c - '0'] >> (3 * (digitHeight - 1 - row)) & (4 >> column))
          canvas.fill(x + column * fontScale, y + row * fontScale, fontScale,
                      color);
    x += (digitWidth + 1) * fontScale;
  }
}

/// Draws image `index` of `input`, each pixel `scale` wide.
static void drawImage(Canvas &canvas, int64_t x, int64_t y, const Tensor &input,
                      int64_t index, int64_t scale) {
  int64_t channels = input.shape[1], height = input.shape[2],
          width = input.shape[3], plane = height * width;
  int64_t base = index * channels * plane;
  double low = INFINITY, high = -INFINITY;
  for (int64_t i = 0; i < channels * plane; ++i) {
    low = fmin(low, input.valueAt(base + i));
    high = fmax(high, input.valueAt(base + i));
  }
  double range = isfinite(high - low) && high > low ? high - low : 1;
  for (int64_t i = 0; i < plane; ++i) {
    Color color;
    for (int64_t c = 0; c < 3; ++c) {
      double value = input.valueAt(base + (channels == 3 ? c : 0) * plane + i);
      double level = 255 * (value - low) / range;
      color.channels[c] =
          level >= 0 && level <= 255 ? static_cast<uint8_t>(level) : 0;
    }
    canvas.fill(x + i % width * scale, y + i / width * scale, scale, color);
  }
}

Error bn::runtime::drawMistakes(const std::string &path, const Tensor &input,
                                const std::vector<int64_t> &labels,
                                const std::vector<int64_t> &predicted) {
  constexpr int64_t longestSide = 1024, mostPictures = 100, perLine = 10;
  bool isImage = input.shape.size() == 4 &&
                 (input.shape[1] == 1 || input.shape[1] == 3) &&
                 std::min(input.shape[2], input.shape[3]) > 0 &&
                 std::max(input.shape[2], input.shape[3]) <= longestSide &&
                 static_cast<size_t>(input.shape[0]) == labels.size();
  if (!isImage)
    return Error::make("--mistakes: expected pictures as first input, got %s",
                       input.describe().c_str());
  std::vector<int64_t> wrong;
  int64_t captionWidth = 0;
  for (size_t i = 0; i < labels.size(); ++i)
    if (predicted[i] != labels[i] &&
        static_cast<int64_t>(wrong.size()) < mostPictures) {
      wrong.push_back(static_cast<int64_t>(i));
      captionWidth = std::max(captionWidth,
                              textWidth(labels[i]) + textWidth(predicted[i]));
    }

  constexpr int64_t margin = 8, goodSide = 56;
  int64_t scale =
      std::max<int64_t>(1, goodSide / std::max(input.shape[2], input.shape[3]));
  int64_t height = input.shape[2] * scale, width = input.shape[3] * scale;
  int64_t cellWidth = std::max(width, captionWidth) + margin;
  int64_t cellHeight = height + digitHeight * fontScale + 2 * margin;
  auto count = static_cast<int64_t>(wrong.size());
  int64_t columns = std::clamp<int64_t>(count, 1, perLine);
  int64_t lines = std::max<int64_t>(1, (count + perLine - 1) / perLine);

  Canvas canvas = {
      columns * cellWidth + margin, lines * cellHeight + margin, {}};
  Expected<Buffer> pixels =
      Buffer::allocate(3 * static_cast<uint64_t>(canvas.width * canvas.height));
  if (!pixels)
    return pixels.takeError();
  canvas.pixels = std::move(*pixels);
  for (int64_t y = 0; y < canvas.height; ++y)
    for (int64_t x = 0; x < canvas.width; ++x)
      canvas.fill(x, y, 1, background);
  for (int64_t i = 0; i < count; ++i) {
    int64_t x = margin + i % perLine * cellWidth;
    int64_t y = margin + i / perLine * cellHeight;
    auto index = static_cast<size_t>(wrong[static_cast<size_t>(i)]);
    drawImage(canvas, x, y, input, wrong[static_cast<size_t>(i)], scale);
    drawNumber(canvas, x, y + height + margin, labels[index], labelColor);
    drawNumber(canvas,
               x + cellWidth - margin - textWidth(predicted[index]) + fontScale,
               y + height + margin, predicted[index], predictionColor);
  }
  return writePng(path, canvas.pixels, static_cast<uint32_t>(canvas.width),
                  static_cast<uint32_t>(canvas.height));
}
