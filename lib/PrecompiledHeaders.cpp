//===- PrecompiledHeaders.cpp - Owner of the precompiled header -----------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Nothing: a precompiled header must belong to a target, and a target to a file.
