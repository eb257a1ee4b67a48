//===- BNOps.td - All ops of the bn dialect ----------------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNOPS_TD
#define BN_DIALECT_BN_IR_BNOPS_TD

include "bn/Dialect/BN/IR/BNElementwiseOps.td"
include "bn/Dialect/BN/IR/BNGradientOps.td"
include "bn/Dialect/BN/IR/BNKernelOps.td"
include "bn/Dialect/BN/IR/BNNormalizationOps.td"
include "bn/Dialect/BN/IR/BNLaneOps.td"
include "bn/Dialect/BN/IR/BNPoolOps.td"
include "bn/Dialect/BN/IR/BNProductOps.td"
include "bn/Dialect/BN/IR/BNSampleNormOps.td"
include "bn/Dialect/BN/IR/BNShapeOps.td"
include "bn/Dialect/BN/IR/BNStatisticsOps.td"
include "bn/Dialect/BN/IR/BNTrainingOps.td"
include "bn/Dialect/BN/IR/BNRowKernelOps.td"
include "bn/Dialect/BN/IR/BNWinogradKernelOps.td"
include "bn/Dialect/BN/IR/BNWinogradOps.td"

#endif // BN_DIALECT_BN_IR_BNOPS_TD
