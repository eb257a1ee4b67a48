//===- Diagnostics.cpp - Diagnostics for people ---------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Driver/Diagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace mlir::bn;

DiagnosticPrinter::DiagnosticPrinter(MLIRContext *context,
                                     llvm::StringRef program,
                                     llvm::raw_ostream &os)
    : ScopedDiagnosticHandler(context), program(program.str()), os(os) {
  // A message names the node; the op after some passes is no help to the user.
  context->printOpOnDiagnostic(false);
  setHandler([this](Diagnostic &diagnostic) { print(diagnostic); });
}

static llvm::StringRef getSeverity(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  llvm_unreachable("all severities are named");
}

namespace {

/// What of a location people want to see.
struct Position {
  FileLineColLoc file;
  /// Name of the node of the source model.
  StringAttr node;
};

} // namespace

static Position findPosition(Location location) {
  Position position;
  location->walk([&](Location part) {
    if (auto name = dyn_cast<NameLoc>(part); name && !position.node)
      position.node = name.getName();
    auto file = dyn_cast<FileLineColLoc>(part);
    if (!file)
      return WalkResult::advance();
    position.file = file;
    return WalkResult::interrupt();
  });
  // In a text of MLIR, lines say more than names.
  if (position.file && position.file.getLine() > 0)
    position.node = nullptr;
  return position;
}

/// Prints `text`, into which names from files may have brought anything, without
/// what would command a terminal; lines after the first are indented, so that
/// none looks like a new message.
static void printPlainly(StringRef text, llvm::raw_ostream &os) {
  for (unsigned char c : text)
    if (c == '\n')
      os << "\n  ";
    else if (c < 0x20 || c == 0x7f)
      os << llvm::format("\\%02X", c);
    else
      os << c;
}

void DiagnosticPrinter::print(Diagnostic &diagnostic) {
  if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
    ++errorCount;
  Position position = findPosition(diagnostic.getLocation());
  if (position.file) {
    os << position.file.getFilename().getValue() << ":";
    if (position.file.getLine() > 0)
      os << position.file.getLine() << ":" << position.file.getColumn() << ":";
  } else {
    os << program << ":";
  }
  os << " " << getSeverity(diagnostic.getSeverity()) << ": ";
  std::string message = diagnostic.str();
  if (position.node) {
    // Many messages name their node themselves, with its operator.
    std::string quoted = "'" + position.node.str() + "'";
    if (!StringRef(message).contains(quoted)) {
      os << "node '";
      printPlainly(position.node.getValue(), os);
      os << "': ";
    }
  }
  printPlainly(message, os);
  os << "\n";
  for (Diagnostic &note : diagnostic.getNotes())
    print(note);
}

LogicalResult mlir::bn::emitFileError(MLIRContext *context,
                                      llvm::StringRef path,
                                      const Twine &message) {
  Location location = path.empty() ? Location(UnknownLoc::get(context))
                                   : FileLineColLoc::get(context, path, 0, 0);
  return emitError(location, message);
}
