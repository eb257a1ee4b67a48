//===- Report.h - What became of a model's normalizations -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_REPORT_REPORT_H
#define BN_REPORT_REPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringRef.h"

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace mlir::bn {

enum class ReportFormat { Text, Json, Html };

/// The format that the ending of `path` names: `.txt`, `.json` or `.html`.
std::optional<ReportFormat> getReportFormat(StringRef path);

/// Prints the facts in the module attribute `bn.normalizations`: how many
/// normalizations the model has and what became of each. A module without the
/// attribute has none. `title` names the model.
void printReport(ModuleOp module, StringRef title, ReportFormat format,
                 llvm::raw_ostream &os);

/// Writes the report to the file `path`, whose ending says the format; the file
/// appears whole or not at all. Fails with an error that names the file if the
/// ending is another one or the file cannot be written.
LogicalResult writeReport(ModuleOp module, StringRef path, StringRef title);

} // namespace mlir::bn

#endif // BN_REPORT_REPORT_H
