//===- Mistakes.h - A picture of misread inputs -----------------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_LIB_RUNTIME_MISTAKES_H
#define BN_LIB_RUNTIME_MISTAKES_H

#include "bn/Runtime/Tensor.h"

namespace bn::runtime {

/// Draws the rows of `input` (N,1,H,W or N,3,H,W) whose predicted class is not
/// the label into a PNG at `path`, side by side, the first 100 of them. Under
/// each are the label in green and the prediction in red. Each picture is
/// spread over the full range of brightness.
Error drawMistakes(const std::string &path, const Tensor &input,
                   const std::vector<int64_t> &labels,
                   const std::vector<int64_t> &predicted);

} // namespace bn::runtime

#endif // BN_LIB_RUNTIME_MISTAKES_H
