//===- Memory.cpp - Device memory, on the CPU -----------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Memory.h"
#include "Checker.h"
#include "Fiber.h"
#include "Report.h"
#include "Streams.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <unistd.h>

using namespace bn::cuda;

Checker *bn::cuda::checker = nullptr;

static constexpr size_t alignment = 256;
static constexpr size_t guardBytes = 256;
static constexpr unsigned char guardByte = 0xfd;
/// The checking build keeps so much freed memory, to see it used.
static constexpr size_t quarantineBytes = size_t(64) << 20;

/// Regions by the end of their upper guard.
using Regions = std::map<uintptr_t, Region>;
static Regions &getRegions() {
  static Regions regions;
  return regions;
}
static std::deque<uintptr_t> quarantine;
static size_t quarantined = 0;
static unsigned allocations = 0;

std::string Region::str() const {
  return print("allocation %u (%zu bytes)", number, size);
}

Region *bn::cuda::findRegion(const void *address) {
  auto position = reinterpret_cast<uintptr_t>(address);
  auto found = getRegions().upper_bound(position);
  if (found == getRegions().end())
    return nullptr;
  Region &region = found->second;
  bool inside = reinterpret_cast<uintptr_t>(region.memory) <= position;
  return inside ? &region : nullptr;
}

static void checkGuard(const Region &region) {
  auto isTouched = [](char byte) { return byte != char(guardByte); };
  const char *end = region.begin + region.size;
  if (std::any_of(region.memory, region.begin, isTouched))
    reportFault("", "a kernel has written before the first byte of " +
                        region.str());
  if (std::any_of(end, end + region.guard, isTouched))
    reportFault("", "a kernel has written past the end of " + region.str(),
                "  the checking build tells where\n");
}

void bn::cuda::checkGuards() {
  for (const auto &[end, region] : getRegions())
    if (!region.freed)
      checkGuard(region);
}

static size_t getPhysicalMemory() {
  return size_t(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
}

static cudaError_t allocate(void **address, size_t bytes) {
  if (!address)
    return setLastError(cudaErrorInvalidValue);
  *address = nullptr;
  if (bytes == 0)
    return cudaSuccess;
  // AddressSanitizer has guards of its own.
  size_t guard = isAddressBuild() ? 0 : guardBytes;
  void *memory;
  if (bytes > getPhysicalMemory() ||
      posix_memalign(&memory, alignment, bytes + 2 * guard))
    return setLastError(cudaErrorMemoryAllocation);
  Region region;
  region.memory = static_cast<char *>(memory);
  region.begin = region.memory + guard;
  region.size = bytes;
  region.guard = guard;
  region.number = ++allocations;
  std::memset(region.memory, guardByte, guard);
  std::memset(region.begin, 0xff, bytes); // NaN
  std::memset(region.begin + bytes, guardByte, guard);
  auto end = reinterpret_cast<uintptr_t>(region.begin + bytes + guard);
  Region &added = getRegions()[end] = std::move(region);
  if (checker)
    checker->addRegion(added);
  *address = added.begin;
  return cudaSuccess;
}

static void discard(Regions::iterator region) {
  if (checker)
    checker->removeRegion(region->second);
  std::free(region->second.memory);
  getRegions().erase(region);
}

static cudaError_t release(void *address) {
  if (!address)
    return cudaSuccess;
  Region *region = findRegion(address);
  if (!region || region->begin != address || region->freed)
    return setLastError(cudaErrorInvalidValue);
  checkGuard(*region);
  auto end =
      reinterpret_cast<uintptr_t>(region->begin + region->size + region->guard);
  if (!checker) {
    discard(getRegions().find(end));
    return cudaSuccess;
  }
  region->freed = true;
  quarantine.push_back(end);
  quarantined += region->size;
  while (quarantined > quarantineBytes) {
    auto oldest = getRegions().find(quarantine.front());
    quarantine.pop_front();
    quarantined -= oldest->second.size;
    discard(oldest);
  }
  return cudaSuccess;
}

cudaError_t cudaMalloc(void **address, size_t bytes) {
  if (cudaError_t error = checkNoCapture())
    return error;
  return allocate(address, bytes);
}

cudaError_t cudaFree(void *address) {
  if (cudaError_t error = checkNoCapture())
    return error;
  return release(address);
}

cudaError_t cudaMallocAsync(void **address, size_t bytes, cudaStream_t) {
  return allocate(address, bytes);
}

cudaError_t cudaFreeAsync(void *address, cudaStream_t stream) {
  return submit(stream, [=] { return release(address); });
}

cudaError_t cudaMallocHost(void **address, size_t bytes) {
  *address = std::malloc(bytes);
  return *address ? cudaSuccess : setLastError(cudaErrorMemoryAllocation);
}
cudaError_t cudaHostAlloc(void **address, size_t bytes, unsigned) {
  return cudaMallocHost(address, bytes);
}
cudaError_t cudaFreeHost(void *address) {
  std::free(address);
  return cudaSuccess;
}
cudaError_t cudaHostRegister(void *, size_t, unsigned) { return cudaSuccess; }
cudaError_t cudaHostUnregister(void *) { return cudaSuccess; }

cudaError_t cudaMemGetInfo(size_t *available, size_t *total) {
  *total = getPhysicalMemory();
  *available = size_t(sysconf(_SC_AVPHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  return cudaSuccess;
}

/// One side of a copy: where in which region; no region for host memory.
static Region *checkRange(const void *address, size_t bytes, const char *call) {
  Region *region = findRegion(address);
  if (!region)
    return nullptr;
  ptrdiff_t offset = static_cast<const char *>(address) - region->begin;
  if (region->freed)
    reportFault("", std::string(call) + ": " + region->str() + " is freed");
  if (offset < 0 || size_t(offset) + bytes > region->size)
    reportFault("", print("%s: %zu bytes from offset %td do not fit in %s",
                          call, bytes, offset, region->str().c_str()));
  return region;
}

static cudaError_t checkKind(const Region *to, const Region *from,
                             cudaMemcpyKind kind) {
  bool toDevice =
      kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  bool fromDevice =
      kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  bool matches = kind == cudaMemcpyDefault || (toDevice == (to != nullptr) &&
                                               fromDevice == (from != nullptr));
  return matches ? cudaSuccess : cudaErrorInvalidMemcpyDirection;
}

static cudaError_t copyNow(void *to, const void *from, size_t bytes,
                           cudaMemcpyKind kind) {
  if (bytes == 0)
    return cudaSuccess;
  Region *target = checkRange(to, bytes, "cudaMemcpy");
  Region *source = checkRange(from, bytes, "cudaMemcpy");
  if (cudaError_t error = checkKind(target, source, kind))
    return setLastError(error);
  std::memmove(to, from, bytes);
  if (!checker || !target)
    return cudaSuccess;
  size_t offset = static_cast<char *>(to) - target->begin;
  if (source)
    checker->copy(*target, offset, *source,
                  static_cast<const char *>(from) - source->begin, bytes);
  else
    checker->initialize(*target, offset, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes,
                            cudaMemcpyKind kind, cudaStream_t stream) {
  return submit(stream, [=] { return copyNow(to, from, bytes, kind); });
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes,
                       cudaMemcpyKind kind) {
  if (cudaError_t error = checkNoCapture())
    return error;
  return copyNow(to, from, bytes, kind);
}

static cudaError_t setNow(void *to, int byte, size_t bytes) {
  if (bytes == 0)
    return cudaSuccess;
  Region *target = checkRange(to, bytes, "cudaMemset");
  if (!target)
    return setLastError(cudaErrorInvalidValue);
  std::memset(to, byte, bytes);
  if (checker)
    checker->initialize(*target, static_cast<char *>(to) - target->begin,
                        bytes);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *to, int byte, size_t bytes,
                            cudaStream_t stream) {
  return submit(stream, [=] { return setNow(to, byte, bytes); });
}

cudaError_t cudaMemset(void *to, int byte, size_t bytes) {
  if (cudaError_t error = checkNoCapture())
    return error;
  return setNow(to, byte, bytes);
}

cudaError_t bn::cuda::copySymbol(void *to, const void *from, size_t bytes,
                                 size_t symbolBytes, size_t offset,
                                 cudaStream_t stream) {
  if (offset > symbolBytes || bytes > symbolBytes - offset)
    return setLastError(cudaErrorInvalidValue);
  return submit(stream,
                [=] { return copyNow(to, from, bytes, cudaMemcpyDefault); });
}
