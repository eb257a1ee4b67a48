//===- Report.cpp - Reports of faults in kernels --------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"
#include "Grid.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

using namespace bn::cuda;

bool Place::operator==(const Place &other) const {
  return line == other.line &&
         (file == other.file || std::strcmp(file, other.file) == 0);
}

std::string Place::str() const {
  return line ? std::string(file) + ":" + std::to_string(line) : "";
}

std::string bn::cuda::print(const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  std::string text(std::vsnprintf(nullptr, 0, format, arguments), '\0');
  std::vsnprintf(text.data(), text.size() + 1, format, again);
  va_end(arguments);
  va_end(again);
  return text;
}

namespace {

/// The file that this program, or this library, was loaded from. It is opened
/// at the beginning, for who loaded it may remove it.
struct Image {
  Image() {
    Dl_info info;
    link_map *map = nullptr;
    if (!dladdr1(&bn::cuda::running, &info, reinterpret_cast<void **>(&map),
                 RTLD_DL_LINKMAP))
      return;
    bias = map->l_addr;
    bool isProgram = map->l_name[0] == '\0';
    file =
        open(isProgram ? "/proc/self/exe" : map->l_name, O_RDONLY | O_CLOEXEC);
  }

  uintptr_t bias = 0;
  int file = -1;
};

} // namespace

static Image image;

namespace {

struct Symbol {
  std::string function, place;
};

} // namespace

static std::string readLine(FILE *file) {
  char buffer[4096];
  if (!std::fgets(buffer, sizeof(buffer), file))
    return "";
  return std::string(buffer, std::strcspn(buffer, "\n"));
}

/// The function and the line of `code`, by addr2line. What was inlined from the
/// headers here counts as the line that calls it.
static Symbol symbolize(uintptr_t code) {
  std::string command =
      print("addr2line -Cfi -e /proc/%d/fd/%d 0x%lx 2>/dev/null", getpid(),
            image.file, static_cast<unsigned long>(code - image.bias));
  Symbol symbol;
  FILE *output = popen(command.c_str(), "r");
  if (!output)
    return symbol;
  do {
    std::string function = readLine(output), place = readLine(output);
    if (place.empty())
      break;
    // "FILE:LINE (discriminator 2)"
    symbol = {function, place.substr(0, place.find(' '))};
  } while (symbol.place.find("/bn/Runtime/CudaOnCpu/") != std::string::npos);
  pclose(output);
  return symbol;
}

std::string bn::cuda::describeCode(const void *returnAddress) {
  auto code = reinterpret_cast<uintptr_t>(returnAddress) - 1;
  std::string place = symbolize(code).place;
  bool unknown = place.empty() || place[0] == '?' || place.back() == '?' ||
                 place.substr(place.rfind(':') + 1) == "0";
  return unknown ? print("code at 0x%lx",
                         static_cast<unsigned long>(code - image.bias))
                 : place;
}

std::string bn::cuda::describeFunction(const void *address) {
  std::string name = symbolize(reinterpret_cast<uintptr_t>(address)).function;
  const std::string scope = "(anonymous namespace)::";
  if (name.rfind(scope, 0) == 0)
    name.erase(0, scope.size());
  name.resize(std::min(name.find('('), name.size()));
  return name.empty() || name[0] == '?' ? "of unknown name" : name;
}

uint32_t bn::cuda::packCode(const void *address) {
  return reinterpret_cast<uintptr_t>(address) - image.bias;
}

const void *bn::cuda::unpackCode(uint32_t packed) {
  return reinterpret_cast<const void *>(packed + image.bias);
}

void bn::cuda::reportFault(const std::string &place, const std::string &message,
                           const std::string &details) {
  std::string text = place.empty() ? "cuda-on-cpu" : place;
  text += ": error: " + message + "\n";
  if (running.call) {
    text += "  in kernel " + describeFunction(running.call->getKernel());
    if (const Thread *thread = currentThread) {
      uint3 block = thread->block->getIndex(), index = thread->index;
      text += print(", block (%u,%u,%u), thread (%u,%u,%u)", block.x, block.y,
                    block.z, index.x, index.y, index.z);
    }
    text += print(", launch %u\n", running.launch);
  }
  text += details;
  if (running.call)
    text += "  threads ran with BN_CUDA_SCHEDULE=" + schedule.getText() + "\n";
  std::fflush(nullptr);
  std::fputs(text.c_str(), stderr);
  // No destructors: this may be a kernel's stack. But what the program has in
  // temporary files goes with it.
  std::quick_exit(EXIT_FAILURE);
}
