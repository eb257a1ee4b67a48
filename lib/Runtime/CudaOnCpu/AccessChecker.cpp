//===- AccessChecker.cpp - Races, uninitialised reads and bad addresses ---===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AccessChecker.h"
#include "Grid.h"
#include "bn/Runtime/CudaOnCpu/WarpFunctions.h"

#include <algorithm>
#include <cstring>
#include <link.h>

using namespace bn::cuda;

namespace {

/// An access that is being checked, with all that a report needs.
struct Attempt {
  AccessKind kind;
  Access now;
  const void *code;
  const char *address;
  /// The region, or null for shared memory, and the offset in it.
  const Region *region;
  size_t offset;
};

} // namespace

static Ordering ordering;

static const char *describe(AccessKind kind) {
  return kind == AccessKind::Read    ? "read"
         : kind == AccessKind::Write ? "write"
                                     : "atomic update";
}

static std::string describeMemory(const Attempt &attempt) {
  return attempt.region
             ? print("byte %zu of ", attempt.offset) + attempt.region->str()
             : "shared memory";
}

static std::string describeThread(unsigned number) {
  return print("thread (%u,%u,%u)", number % blockDim.x,
               number / blockDim.x % blockDim.y,
               number / (blockDim.x * blockDim.y));
}

[[noreturn]] static void report(const Attempt &attempt,
                                const std::string &message,
                                const std::string &details = "") {
  reportFault(describeCode(attempt.code), message, details);
}

[[noreturn]] static void reportRace(const Attempt &attempt, const Access &other,
                                    AccessKind otherKind) {
  bool sameBlock = other.block == attempt.now.block;
  std::string who = describeThread(other.thread);
  if (!sameBlock)
    who += print(" of block (%u,%u,%u)", other.block % gridDim.x,
                 other.block / gridDim.x % gridDim.y,
                 other.block / (gridDim.x * gridDim.y));
  if (other.atomic)
    otherKind = AccessKind::Atomic;
  report(attempt,
         std::string("race between ") +
             (sameBlock ? "threads of a block" : "blocks") + " on " +
             describeMemory(attempt),
         std::string("  nothing orders this ") + describe(attempt.kind) +
             " and the " + describe(otherKind) + " by " + who + " in " +
             describeCode(unpackCode(other.code)) + "\n");
}

static Access describeNow(AccessKind kind, const void *code) {
  const Thread &thread = *currentThread;
  Block &block = *thread.block;
  Access now;
  now.phase = running.phase;
  now.block = block.getNumber();
  now.epoch = block.getEpoch();
  now.fences = ordering.getFences();
  now.code = packCode(code);
  now.warpEpoch = block.getWarp(thread).epoch;
  now.thread = thread.number;
  now.atomic = kind == AccessKind::Atomic;
  now.bytes = 0xf;
  return now;
}

/// True if nothing orders `now` after the earlier `old`.
static bool isUnordered(const Access &old, const Access &now, bool isShared) {
  if (old.phase != now.phase || !(old.bytes & now.bytes) ||
      (old.atomic && now.atomic))
    return false;
  if (old.block != now.block)
    return !isShared && !ordering.isBefore(old, now);
  if (old.thread == now.thread || old.epoch != now.epoch)
    return false;
  bool sameWarp = old.thread / warpLanes == now.thread / warpLanes;
  return !sameWarp || old.warpEpoch == now.warpEpoch;
}

static void noteRead(Word &word, const Access &now) {
  Access &last = word.reads[0];
  bool sameThread = last.phase == now.phase && last.block == now.block &&
                    last.thread == now.thread;
  if (!sameThread)
    word.reads[1] = last;
  last = now;
}

/// Checks the bytes `attempt.now.bytes` of a word, and notes the access.
static void checkWord(const Attempt &attempt, Word &word, uint8_t &written) {
  const Access &now = attempt.now;
  bool isShared = !attempt.region;
  bool reads = attempt.kind != AccessKind::Write;
  bool writes = attempt.kind != AccessKind::Read;
  // Of what is both, the race is the cause.
  if (isUnordered(word.write, now, isShared))
    reportRace(attempt, word.write, AccessKind::Write);
  if (writes)
    for (const Access &read : word.reads)
      if (isUnordered(read, now, isShared))
        reportRace(attempt, read, AccessKind::Read);
  if (reads && (written & now.bytes) != now.bytes)
    report(attempt, std::string(describe(attempt.kind)) + " of " +
                        describeMemory(attempt) +
                        ", which nothing has written");
  if (writes) {
    word.write = now;
    written |= now.bytes;
  } else {
    noteRead(word, now);
  }
}

static void checkWords(Attempt &attempt, Shadow &shadow, size_t bytes) {
  size_t end = attempt.offset + bytes;
  while (attempt.offset < end) {
    size_t first = attempt.offset % wordBytes;
    size_t last = std::min(first + (end - attempt.offset), wordBytes);
    size_t word = attempt.offset / wordBytes;
    attempt.now.bytes = (1u << last) - (1u << first);
    checkWord(attempt, shadow.words[word], shadow.written[word]);
    attempt.offset += last - first;
  }
}

static void checkBounds(const Attempt &attempt, size_t bytes) {
  const Region &region = *attempt.region;
  ptrdiff_t offset = attempt.address - region.begin;
  if (region.freed)
    report(attempt, std::string(describe(attempt.kind)) + " of " +
                        region.str() + ", which is freed");
  if (offset < 0)
    report(attempt,
           print("%s of %zu bytes that begin %td bytes before %s",
                 describe(attempt.kind), bytes, -offset, region.str().c_str()));
  if (size_t(offset) + bytes > region.size)
    report(attempt,
           print("%s of %zu bytes at offset %td of %s", describe(attempt.kind),
                 bytes, offset, region.str().c_str()));
}

/// True if `address` is in what was loaded from files: constants, and variables
/// of the device.
static bool isInImage(const char *address) {
  auto visit = [](dl_phdr_info *info, size_t, void *data) {
    auto position = reinterpret_cast<uintptr_t>(data);
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const ElfW(Phdr) &segment = info->dlpi_phdr[i];
      if (segment.p_type == PT_LOAD &&
          position - (info->dlpi_addr + segment.p_vaddr) < segment.p_memsz)
        return 1;
    }
    return 0;
  };
  return dl_iterate_phdr(visit, const_cast<char *>(address)) != 0;
}

void AccessChecker::checkForeign(const char *address, AccessKind kind,
                                 const void *code) {
  // Pages of images, by their number.
  uintptr_t page = reinterpret_cast<uintptr_t>(address) >> 12;
  if (page == imagePage)
    return;
  if (!isInImage(address))
    reportFault(describeCode(code),
                print("%s of memory that is not the device's, at %p",
                      describe(kind), static_cast<const void *>(address)));
  imagePage = page;
}

Region *AccessChecker::find(const char *address) {
  for (Region *region : recent)
    if (region &&
        size_t(address - region->memory) < region->size + 2 * region->guard)
      return region;
  Region *region = findRegion(address);
  if (region)
    recent[oldest++ % std::size(recent)] = region;
  return region;
}

AccessChecker::AccessChecker() : shared(getSharedMemory().size()) {}

void AccessChecker::check(const void *pointer, size_t bytes, AccessKind kind,
                          const void *code) {
  auto address = static_cast<const char *>(pointer);
  if (bytes == 0)
    return;
  const Thread *thread = currentThread;
  if (thread && size_t(address - thread->fiber.stack) < stackBytes)
    return;
  SharedMemory sharedMemory = getSharedMemory();
  size_t sharedOffset = address - sharedMemory.begin;
  bool isShared = sharedOffset < sharedMemory.size();
  Region *region = isShared ? nullptr : find(address);
  if (!thread) {
    if (region)
      reportFault(describeCode(code), std::string("host code's ") +
                                          describe(kind) + " of " +
                                          region->str() + " of the device");
    return;
  }
  if (!isShared && !region)
    return checkForeign(address, kind, code);

  Attempt attempt{kind, describeNow(kind, code), code, address, region, 0};
  if (kind == AccessKind::Atomic)
    ordering.synchronize(pointer, attempt.now);
  if (isShared) {
    attempt.offset = sharedOffset;
    checkWords(attempt, shared,
               std::min(bytes, sharedMemory.size() - sharedOffset));
    return;
  }
  checkBounds(attempt, bytes);
  attempt.offset = address - region->begin;
  checkWords(attempt, *region->shadow, bytes);
}

void AccessChecker::access(const void *address, size_t bytes, AccessKind kind,
                           const void *code) {
  check(address, bytes, kind, code);
}

void AccessChecker::fence() {
  if (currentThread)
    ordering.fence(describeNow(AccessKind::Atomic, nullptr));
}

void AccessChecker::addRegion(Region &region) {
  region.shadow = std::make_shared<Shadow>(region.size);
}

void AccessChecker::removeRegion(Region &region) {
  std::replace(std::begin(recent), std::end(recent), &region,
               static_cast<Region *>(nullptr));
}

void AccessChecker::initialize(Region &region, size_t offset, size_t bytes) {
  region.shadow->initialize(offset, bytes);
}

void AccessChecker::copy(Region &to, size_t toOffset, Region &from,
                         size_t fromOffset, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    size_t source = fromOffset + i, target = toOffset + i;
    uint8_t &written = to.shadow->written[target / wordBytes];
    uint8_t bit = 1u << target % wordBytes;
    bool known =
        from.shadow->written[source / wordBytes] >> (source % wordBytes) & 1;
    written = known ? written | bit : written & ~bit;
  }
}

void AccessChecker::clearShared() {
  std::memset(shared.written, 0, shared.count);
}

void AccessChecker::saveShared(std::vector<uint8_t> &state) {
  state.assign(shared.written, shared.written + shared.count);
}

void AccessChecker::restoreShared(const std::vector<uint8_t> &state) {
  std::copy(state.begin(), state.end(), shared.written);
}
