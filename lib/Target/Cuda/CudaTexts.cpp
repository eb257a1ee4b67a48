//===- CudaTexts.cpp - Fixed parts of the text ----------------------------===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaTexts.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace mlir::bn;
using namespace mlir::bn::cuda;

namespace {

/// A function of the text's beginning.
struct Helper {
  StringRef name;
  /// Another one that it calls, or an empty string.
  StringRef callee;
  StringRef text;
};

} // namespace

// The polynomials are those of Cephes (S. L. Moshier); own functions because
// those of CUDA and of C libraries differ in their last bits.
static constexpr Helper helpers[] = {
    {"divideUp", "", R"(
/// n / d, rounded up.
__host__ __device__ constexpr int64_t divideUp(int64_t n, int64_t d) {
  return (n + d - 1) / d;
}
)"},
    {"smaller", "", R"(
__device__ inline int smaller(int a, int b) { return a < b ? a : b; }
)"},
    {"larger", "", R"(
__device__ inline int larger(int a, int b) { return a > b ? a : b; }
)"},
    {"maximum", "", R"(
/// The larger of two numbers; NaN if one of them is.
__device__ inline float maximum(float a, float b) {
  return a > b || a != a ? a : b;
}
)"},
    {"minimum", "", R"(
/// The smaller of two numbers; NaN if one of them is.
__device__ inline float minimum(float a, float b) {
  return a < b || a != a ? a : b;
}
)"},
    {"exponential", "", R"(
/// e^x with a relative error of at most 2e-7, and the same bits on every
/// machine. What is too small for a normal number is 0.
__device__ inline float exponential(float x) {
  if (!(x > -87.33654f))
    return x != x ? x : 0.0f;
  if (x > 88.72283f)
    return INFINITY;
  // e^x = 2^n * e^r with |r| <= log(2) / 2; log(2) in two parts.
  const float n = rintf(x * 1.442695f);
  const float r = fmaf(n, 2.1219444e-4f, fmaf(n, -0.693359375f, x));
  float p = fmaf(1.98756915e-4f, r, 1.39819995e-3f);
  p = fmaf(p, r, 8.33345191e-3f);
  p = fmaf(p, r, 4.16657959e-2f);
  p = fmaf(p, r, 1.66666655e-1f);
  p = fmaf(p, r, 5.00000012e-1f);
  p = fmaf(p, r * r, r) + 1.0f;
  // 2^128 is no number, but 2^64 is.
  const int half = static_cast<int>(n) / 2;
  const int rest = static_cast<int>(n) - half;
  return p * __int_as_float((half + 127) << 23) *
         __int_as_float((rest + 127) << 23);
}
)"},
    {"logarithm", "", R"(
/// log(x) of a positive number with a relative error of at most 2e-7, and the
/// same bits on every machine.
__device__ inline float logarithm(float x) {
  if (!(x >= 1.17549435e-38f) || x > 3.4e38f)
    return logf(x);
  // x = 2^n * (1 + r) with 1 + r from sqrt(1/2) to sqrt(2).
  const int bits = __float_as_int(x);
  float m = __int_as_float((bits & 0x007fffff) | 0x3f000000);
  float n = static_cast<float>((bits >> 23) - 126);
  if (m < 0.707106781f) {
    n -= 1.0f;
    m += m;
  }
  const float r = m - 1.0f;
  float p = fmaf(7.0376836292e-2f, r, -1.1514610310e-1f);
  p = fmaf(p, r, 1.1676998740e-1f);
  p = fmaf(p, r, -1.2420140846e-1f);
  p = fmaf(p, r, 1.4249322787e-1f);
  p = fmaf(p, r, -1.6668057665e-1f);
  p = fmaf(p, r, 2.0000714765e-1f);
  p = fmaf(p, r, -2.4999993993e-1f);
  p = fmaf(p, r, 3.3333331174e-1f);
  const float square = r * r;
  p = p * r * square;
  p = fmaf(n, -2.12194440e-4f, p);
  p = fmaf(-0.5f, square, p);
  return fmaf(n, 0.693359375f, r + p);
}
)"},
    {"addWords", "", R"(
/// Sums, products and shifts of 32 bits without a sign, which wrap around.
__device__ inline int addWords(int a, int b) {
  return static_cast<int>(static_cast<unsigned>(a) + static_cast<unsigned>(b));
}
)"},
    {"multiplyWords", "", R"(
__device__ inline int multiplyWords(int a, int b) {
  return static_cast<int>(static_cast<unsigned>(a) * static_cast<unsigned>(b));
}
)"},
    {"shiftWord", "", R"(
__device__ inline int shiftWord(int a, int bits) {
  return static_cast<int>(static_cast<unsigned>(a) >> bits);
}
)"},
    {"isWordAtLeast", "", R"(
__device__ inline bool isWordAtLeast(int a, int b) {
  return static_cast<unsigned>(a) >= static_cast<unsigned>(b);
}
)"},
    {"hyperbolicTangent", "exponential", R"(
/// tanh(x) with a relative error of at most 3e-7.
__device__ inline float hyperbolicTangent(float x) {
  const float magnitude = fabsf(x);
  if (magnitude >= 0.625f) {
    const float y = 1.0f - 2.0f / (exponential(2.0f * magnitude) + 1.0f);
    return x < 0.0f ? -y : y;
  }
  const float z = x * x;
  float p = fmaf(-5.70498873e-3f, z, 2.06390888e-2f);
  p = fmaf(p, z, -5.37397156e-2f);
  p = fmaf(p, z, 1.33314422e-1f);
  p = fmaf(p, z, -3.33332819e-1f);
  return fmaf(p * z, x, x);
}
)"},
    {"openBeside", "", R"(
/// Opens a file that lies beside the program or library that this text was
/// compiled to, or beside this text.
FILE *openBeside(const char *name) {
  Dl_info code = {};
  dladdr(reinterpret_cast<void *>(&openBeside), &code);
  std::string binary = code.dli_fname == nullptr ? "" : code.dli_fname;
  if (binary.find('/') == std::string::npos) {
    // A program that was found through PATH.
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    if (length > 0)
      binary.assign(path, static_cast<size_t>(length));
  }
  for (const std::string &neighbour : {binary, std::string(__FILE__)}) {
    const std::string path = neighbour.substr(0, neighbour.rfind('/') + 1) + name;
    if (FILE *file = fopen(path.c_str(), "rb"))
      return file;
  }
  fprintf(stderr, "error: %s: cannot open; it belongs beside the program\n", name);
  return nullptr;
}
)"},
    {"launch", "", R"(
/// Says what went wrong, if something did; true if not.
bool check(cudaError_t error, const char *what) {
  if (error == cudaSuccess)
    return true;
  fprintf(stderr, "error: %s: %s\n", what, cudaGetErrorString(error));
  return false;
}

/// Starts `kernel` on `grid` blocks of `block` threads.
template <typename... Parameters, typename... Arguments>
cudaError_t launch(cudaStream_t stream, dim3 grid, dim3 block,
                   void (*kernel)(Parameters...), Arguments... arguments) {
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = block;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, kernel,
                            static_cast<Parameters>(arguments)...);
}
)"},
};

std::string cuda::quote(StringRef text) {
  std::string result;
  llvm::raw_string_ostream stream(result);
  stream << '"';
  for (unsigned char c : text) {
    // Three octal digits end by themselves, whatever follows.
    if (c == '"' || c == '\\')
      stream << '\\' << c;
    else if (llvm::isPrint(c))
      stream << c;
    else
      stream << llvm::format("\\%03o", c);
  }
  stream << '"';
  return result;
}

std::string cuda::getHelperTexts(const std::set<std::string> &names) {
  std::set<std::string> needed = names;
  for (const Helper &helper : helpers)
    if (names.count(helper.name.str()) && !helper.callee.empty())
      needed.insert(helper.callee.str());
  std::string text;
  for (const Helper &helper : helpers)
    if (needed.count(helper.name.str()))
      text += helper.text;
  return text;
}

std::string cuda::getAbiText() {
  static constexpr StringLiteral whole =
#include "AbiText.inc"
      ;
  std::string text;
  for (StringRef line : llvm::split(StringRef(whole), '\n')) {
    // Numbers of tables, and what they say, are explained in the header itself.
    StringRef code = line.split("//").first.rtrim();
    if (!code.empty())
      text += code.str() + "\n";
  }
  return text;
}
