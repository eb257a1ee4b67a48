//===- AtomicFile.cpp - Files written whole or not at all -------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StopRequest.h"
#include "bn/Runtime/Writers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace bn::runtime;

static constexpr int handledSignals[] = {SIGINT, SIGTERM, SIGHUP};

/// The file that a signal must remove; a signal handler can reach globals only.
static char temporaryPath[4096];
static volatile sig_atomic_t temporaryExists = 0;

static void removeTemporary(int number) {
  if (temporaryExists)
    unlink(temporaryPath);
  signal(number, SIG_DFL);
  raise(number);
}

namespace {

/// Removes the temporary file on every way out, by return or by signal.
class TemporaryFile {
public:
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;

  explicit TemporaryFile(const std::string &target) {
    int length = snprintf(temporaryPath, sizeof temporaryPath, "%s.%ld.tmp",
                          target.c_str(), static_cast<long>(getpid()));
    if (length >= static_cast<int>(sizeof temporaryPath)) {
      errno = ENAMETOOLONG;
      return;
    }
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = removeTemporary;
    for (int i = 0; i < 3; ++i) {
      sigaction(handledSignals[i], nullptr, &previous[i]);
      // What was ignored, as under nohup, stays ignored; and who wants to stop
      // in good order gets to finish the file, too.
      if (previous[i].sa_handler != SIG_IGN &&
          previous[i].sa_handler != noteStopRequest)
        sigaction(handledSignals[i], &action, nullptr);
    }
    handling = true;
    temporaryExists = 1;
    descriptor =
        open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0)
      temporaryExists = 0;
  }
  ~TemporaryFile() {
    int reason = errno;
    if (descriptor >= 0)
      close(descriptor);
    if (temporaryExists)
      unlink(temporaryPath);
    temporaryExists = 0;
    if (handling)
      for (int i = 0; i < 3; ++i)
        if (previous[i].sa_handler != noteStopRequest)
          sigaction(handledSignals[i], &previous[i], nullptr);
    errno = reason;
  }

  bool moveTo(const std::string &target) {
    int file = descriptor;
    descriptor = -1;
    if (close(file) != 0 || rename(temporaryPath, target.c_str()) != 0)
      return false;
    temporaryExists = 0;
    return true;
  }

  int descriptor = -1;

private:
  struct sigaction previous[3];
  bool handling = false;
};

} // namespace

static bool writeAll(int descriptor,
                     const std::vector<std::string_view> &pieces) {
  for (std::string_view piece : pieces)
    while (!piece.empty()) {
      ssize_t written = write(descriptor, piece.data(), piece.size());
      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return false;
      piece.remove_prefix(static_cast<size_t>(written));
    }
  return true;
}

/// The file behind symbolic links, so that a link stays one.
static std::string resolve(const std::string &path) {
  char *resolved = realpath(path.c_str(), nullptr);
  if (!resolved)
    return path;
  std::string result(resolved);
  free(resolved);
  return result;
}

Error bn::runtime::checkWritable(const std::string &path) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode))
      return Error::make("cannot write: %s", strerror(EISDIR)).inFile(path);
    if (access(path.c_str(), W_OK) != 0)
      return Error::make("cannot write: %s", strerror(errno)).inFile(path);
    if (!S_ISREG(status.st_mode))
      return Error::success();
  }
  std::string target = resolve(path);
  size_t slash = target.rfind('/');
  std::string directory = slash == std::string::npos ? "."
                          : slash == 0               ? "/"
                                                     : target.substr(0, slash);
  if (access(directory.c_str(), W_OK | X_OK) != 0)
    return Error::make("cannot write: %s", strerror(errno)).inFile(path);
  return Error::success();
}

Error bn::runtime::writeFile(const std::string &path,
                             const std::vector<std::string_view> &pieces) {
  if (Error error = checkWritable(path))
    return error;
  auto failure = [&] {
    return Error::make("cannot write: %s", strerror(errno)).inFile(path);
  };
  struct stat status;
  bool exists = stat(path.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    bool written = descriptor >= 0 && writeAll(descriptor, pieces);
    Error error = written ? Error::success() : failure();
    if (descriptor >= 0)
      close(descriptor);
    return error;
  }
  std::string target = resolve(path);
  TemporaryFile file(target);
  if (file.descriptor < 0 || !writeAll(file.descriptor, pieces) ||
      (exists && fchmod(file.descriptor, status.st_mode & 07777) != 0) ||
      !file.moveTo(target))
    return failure();
  return Error::success();
}
