//===- Fiber.cpp - Stacks that a thread switches between ------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fiber.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

#if !defined(__x86_64__) && !defined(__aarch64__)
#define BN_CUDA_UCONTEXT 1
#include <ucontext.h>
#endif

using namespace bn::cuda;

// AddressSanitizer wants to know on which stack the program runs. These are
// null in other builds.
extern "C" {
__attribute__((weak)) void
__sanitizer_start_switch_fiber(void **save, const void *bottom, size_t size);
__attribute__((weak)) void
__sanitizer_finish_switch_fiber(void *save, const void **bottom, size_t *size);
}

/// The bounds of the program's own stack, as AddressSanitizer tells them.
static const void *mainBottom = nullptr;
static size_t mainBytes = 0;

bool bn::cuda::isAddressBuild() { return __sanitizer_start_switch_fiber; }

static constexpr uint64_t canary = 0x62756f7920746f6e;

bool bn::cuda::isStackWhole(const Fiber &fiber) {
  uint64_t word;
  std::memcpy(&word, fiber.stack, sizeof(word));
  return word == canary;
}

#ifdef BN_CUDA_UCONTEXT

static void switchStack(void **saved, void *next) {
  ucontext_t here;
  *saved = &here;
  swapcontext(&here, static_cast<ucontext_t *>(next));
}

static void *makeFrame(char *stack, char *top, void (*entry)()) {
  // Above the canary; the fiber's frames do not come so far down.
  auto *context = reinterpret_cast<ucontext_t *>(stack + 64);
  getcontext(context);
  context->uc_stack.ss_sp = stack + 64 + sizeof(ucontext_t);
  context->uc_stack.ss_size = top - (stack + 64 + sizeof(ucontext_t));
  context->uc_link = nullptr;
  makecontext(context, entry, 0);
  return context;
}

#else

extern "C" void bn_cuda_switch_stack(void **saved, void *next);

static void switchStack(void **saved, void *next) {
  bn_cuda_switch_stack(saved, next);
}

/// What bn_cuda_switch_stack finds on a stack that it has not left before.
static void *makeFrame(char *, char *top, void (*entry)()) {
  auto address = reinterpret_cast<uintptr_t>(entry);
#ifdef __x86_64__
  // Six registers, the address to go to, and a null address where that one's
  // caller would be: the stack is aligned as after a call.
  constexpr size_t words = 8, entryWord = 6;
#else
  constexpr size_t words = 20, entryWord = 11; // x30
#endif
  auto *frame = reinterpret_cast<uintptr_t *>(top) - words;
  std::memset(frame, 0, words * sizeof(uintptr_t));
  frame[entryWord] = address;
  return frame;
}

#endif

void bn::cuda::prepareFiber(Fiber &fiber, char *stack, void (*entry)(),
                            unsigned number) {
  std::memcpy(stack, &canary, sizeof(canary));
  char *top = stack + stackBytes - number % 32 * 128;
  fiber.stack = stack;
  fiber.sanitizer = nullptr;
  fiber.saved = makeFrame(stack, top, entry);
}

static void finishSwitch(Fiber *fiber) {
  if (!__sanitizer_finish_switch_fiber)
    return;
  const void *bottom;
  size_t size;
  __sanitizer_finish_switch_fiber(fiber ? fiber->sanitizer : nullptr, &bottom,
                                  &size);
  // The program's own stack is the first that is left.
  if (!mainBottom) {
    mainBottom = bottom;
    mainBytes = size;
  }
}

void bn::cuda::switchFiber(Fiber &from, Fiber &to, bool last) {
  if (__sanitizer_start_switch_fiber)
    __sanitizer_start_switch_fiber(last ? nullptr : &from.sanitizer,
                                   to.stack ? to.stack : mainBottom,
                                   to.stack ? stackBytes : mainBytes);
  switchStack(&from.saved, to.saved);
  finishSwitch(&from);
}

void bn::cuda::beginFiber() { finishSwitch(nullptr); }

/// Blocks of similar sizes share stacks.
static unsigned roundUp(unsigned count) {
  unsigned rounded = 32;
  while (rounded < count)
    rounded *= 2;
  return rounded;
}

char *StackPool::take(unsigned count) {
  count = roundUp(count);
  for (Slab &slab : free)
    if (slab.count == count) {
      char *stacks = slab.stacks;
      slab = free.back();
      free.pop_back();
      return stacks;
    }
  void *stacks =
      mmap(nullptr, count * stackBytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, /*fd=*/-1, 0);
  if (stacks == MAP_FAILED) {
    std::fprintf(stderr, "cuda-on-cpu: error: no memory for %u stacks\n",
                 count);
    std::quick_exit(1);
  }
  return static_cast<char *>(stacks);
}

void StackPool::give(char *stacks, unsigned count) {
  free.push_back({stacks, roundUp(count)});
}
