//===- Ordering.cpp - Order between blocks, by fences and atomics ---------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Ordering.h"

#include <algorithm>

using namespace bn::cuda;

void Ordering::enterPhase(uint32_t now) {
  if (phase == now)
    return;
  phase = now;
  fenced.clear();
  released.clear();
  acquired.clear();
}

void Ordering::fence(const Access &now) {
  enterPhase(now.phase);
  ++fences;
  fenced[{now.block, now.thread}] = {now.block, now.epoch, fences, now.thread};
}

void Ordering::synchronize(const void *address, const Access &now) {
  enterPhase(now.phase);
  auto own = fenced.find({now.block, now.thread});
  auto others = released.find(address);
  if (others != released.end())
    acquired[now.block].push_back(
        {&others->second, others->second.size(), now.epoch, now.thread});
  if (own != fenced.end())
    released[address].push_back(own->second);
}

bool Ordering::isBefore(const Access &old, const Access &now) const {
  auto seen = acquired.find(now.block);
  if (seen == acquired.end() || phase != now.phase)
    return false;
  auto covers = [&](const Release &release) {
    bool ownWrite = release.thread == old.thread && old.fences < release.fences;
    return release.block == old.block &&
           (old.epoch < release.epoch || ownWrite);
  };
  return std::any_of(
      seen->second.begin(), seen->second.end(), [&](const Acquisition &a) {
        bool reached = a.thread == now.thread || now.epoch > a.epoch;
        auto first = a.releases->begin();
        return reached && std::any_of(first, first + a.count, covers);
      });
}
