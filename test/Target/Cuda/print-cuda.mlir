// RUN: %bn-opt %s --bn-print-cuda -o %t.mlir | FileCheck %s --strict-whitespace

// Names come from locations, what has none is part of an expression.

// CHECK: #include <cuda_runtime.h>
// CHECK: namespace {
// CHECK-NOT: hyperbolicTangent
// CHECK: __device__ inline float exponential(float x) {
// CHECK: cudaError_t launch(cudaStream_t stream, dim3 grid, dim3 block,

module attributes {gpu.container_module} {

gpu.module @kernels {
  // CHECK: /// 2 x 2
  // CHECK-NEXT: alignas(16) __device__ const float table[4] = {
  // CHECK-NEXT: {{^}}    1.5f, -2.0f, 1e-10f, 0.1f};
  memref.global "private" constant @table : memref<2x2xf32> =
    dense<[[1.5, -2.0], [1.0e-10, 0.1]]>

  // A function of the device, and memory that a block shares.
  // CHECK: /// Adds.
  // CHECK-NEXT: __device__ __forceinline__ float twice(float *scratch) {
  // CHECK-NEXT: {{^}}  const int thread = threadIdx.x;
  // CHECK-NEXT: {{^}}  scratch[thread] = 1.0f;
  // CHECK-NEXT: {{^}}  __syncthreads();
  // CHECK-NEXT: {{^}}  const float value = scratch[7];
  // CHECK-NEXT: {{^}}  __syncthreads();
  // CHECK-NEXT: {{^}}  return value + value;
  func.func private @twice(%scratch: memref<8xf32, #gpu.address_space<workgroup>> loc("scratch")) -> f32
      attributes {comment = ["Adds."]} {
    %one = arith.constant 1.0 : f32
    %seven = arith.constant 7 : index
    %thread = gpu.thread_id x loc("thread")
    memref.store %one, %scratch[%thread] : memref<8xf32, #gpu.address_space<workgroup>>
    gpu.barrier
    // Something may have changed behind the barrier: it needs a variable.
    %total = memref.load %scratch[%seven] : memref<8xf32, #gpu.address_space<workgroup>>
    gpu.barrier
    %sum = arith.addf %total, %total : f32
    return %sum : f32
  }

  // CHECK: /// A product of matrices.
  // CHECK-NEXT: __global__ void __launch_bounds__(256)
  // CHECK-NEXT: product(const float *__restrict__ x, float *__restrict__ y, int batch) {
  // CHECK-NEXT: {{^}}  alignas(16) __shared__ float scratch[8];
  // CHECK-NEXT: {{^}}  const int i = blockIdx.x * 256 + threadIdx.x;
  // CHECK-NEXT: {{^}}  if (i < batch * 6) {
  // CHECK-NEXT: {{^}}    const int row = i / 6;
  // CHECK-NEXT: {{^}}    const int channel = i % 6;
  // CHECK-NEXT: {{^}}    float sum = 0.0f;
  // CHECK-NEXT: {{^}}    for (int i_2 = 0; i_2 < 2; ++i_2) {
  // CHECK-NEXT: {{^}}      const int at = channel + i_2 - 1;
  // CHECK-NEXT: {{^}}      if (at >= 0 && at < 6) {
  // CHECK-NEXT: {{^}}        sum = fmaf(x[row * 6 + at], table[i_2 * 2 + 1], sum);
  // CHECK-NEXT: {{^}}      }
  // CHECK-NEXT: {{^}}    }
  // CHECK-NEXT: {{^}}    y[i] = sum < 0.0f ? 0.0f : 1.0f / (exponential(-sum) + 1.0f);
  // CHECK-NEXT: {{^}}  }
  // CHECK-NEXT: {{^}}  const float total = twice(scratch);
  // CHECK-NEXT: {{^}}  if (total > 3.0f) {
  // CHECK-NEXT: {{^}}    y[0] = x[1] * (x[2] + total);
  // CHECK-NEXT: {{^}}  }
  // CHECK-NEXT: {{^}}}
  gpu.func @product(%x: memref<?x6xf32> loc("x"), %y: memref<?x6xf32> loc("y"), %batch: index loc("batch"))
      workgroup(%scratch: memref<8xf32, #gpu.address_space<workgroup>> loc("scratch"))
      kernel attributes {known_block_size = array<i32: 256, 1, 1>, comment = ["A product of matrices."]} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c6 = arith.constant 6 : index
    %c256 = arith.constant 256 : index
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %three = arith.constant 3.0 : f32
    %block = gpu.block_id x
    %thread = gpu.thread_id x
    %start = arith.muli %block, %c256 : index
    %i = arith.addi %start, %thread : index loc("i")
    %count = arith.muli %batch, %c6 : index
    %inside = arith.cmpi slt, %i, %count : index
    scf.if %inside {
      %at:2 = affine.delinearize_index %i into (6) : index, index loc("row,channel")
      %sum = scf.for %k = %c0 to %c2 step %c1 iter_args(%acc = %zero) -> f32 {
        %next = arith.addi %at#1, %k : index
        %place = arith.subi %next, %c1 : index loc("at")
        %low = arith.cmpi sge, %place, %c0 : index
        %high = arith.cmpi slt, %place, %c6 : index
        %both = arith.andi %low, %high : i1
        %new = scf.if %both -> f32 {
          %table = memref.get_global @table : memref<2x2xf32>
          %value = memref.load %x[%at#0, %place] : memref<?x6xf32>
          %weight = memref.load %table[%k, %c1] : memref<2x2xf32>
          %fma = math.fma %value, %weight, %acc : f32
          scf.yield %fma : f32
        } else {
          scf.yield %acc : f32
        }
        scf.yield %new : f32
      } loc("sum")
      %negative = arith.cmpf olt, %sum, %zero : f32
      %minus = arith.negf %sum : f32
      %exp = math.exp %minus : f32
      %below = arith.addf %exp, %one : f32
      %sigmoid = arith.divf %one, %below : f32
      %chosen = arith.select %negative, %zero, %sigmoid : f32
      memref.store %chosen, %y[%at#0, %at#1] : memref<?x6xf32>
    }
    %total = func.call @twice(%scratch) : (memref<8xf32, #gpu.address_space<workgroup>>) -> f32 loc("total")
    %large = arith.cmpf ogt, %total, %three : f32
    scf.if %large {
      %a = memref.load %x[%c0, %c1] : memref<?x6xf32>
      %b = memref.load %x[%c0, %c2] : memref<?x6xf32>
      %ab = arith.addf %b, %total : f32
      %product = arith.mulf %a, %ab : f32
      memref.store %product, %y[%c0, %c0] : memref<?x6xf32>
    }
    gpu.return
  }

  // Two sums of one loop, and values that change places.
  // CHECK: fibonacci(float *__restrict__ y) {
  // CHECK-NEXT: {{^}}  float value = 0.0f;
  // CHECK-NEXT: {{^}}  float value_2 = 1.0f;
  // CHECK-NEXT: {{^}}  for (int i = 0; i < 9; i += 2) {
  // CHECK-NEXT: {{^}}    const float next_value_2 = value + value_2;
  // CHECK-NEXT: {{^}}    value = value_2;
  // CHECK-NEXT: {{^}}    value_2 = next_value_2;
  // CHECK-NEXT: {{^}}  }
  // CHECK-NEXT: {{^}}  *reinterpret_cast<float4 *>(&y[4]) =
  // CHECK-NEXT: {{^}}      make_float4(value, value_2, value, value_2);
  gpu.func @fibonacci(%y: memref<8xf32> loc("y")) kernel {
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %c9 = arith.constant 9 : index
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %ab:2 = scf.for %i = %c0 to %c9 step %c2 iter_args(%a = %zero, %b = %one) -> (f32, f32) {
      %sum = arith.addf %a, %b : f32
      scf.yield %b, %sum : f32, f32
    }
    %four = vector.from_elements %ab#0, %ab#1, %ab#0, %ab#1 : vector<4xf32>
    vector.store %four, %y[%c4] : memref<8xf32>, vector<4xf32>
    gpu.return
  }
}

// CHECK: bool forward(const float *x, float *y, char *workspace, cudaStream_t stream,
// CHECK-NEXT: {{^}}             int64_t batch) {
// CHECK-NEXT: {{^}}  float *hidden = reinterpret_cast<float *>(workspace + batch * 64);
// CHECK-NEXT: {{^}}  if (!check(launch(stream, divideUp(batch * 6, 256), 256, product, x, hidden,
// CHECK-NEXT: {{^}}      batch), "product"))
// CHECK-NEXT: {{^}}    return false;
// CHECK: {{^}}  return true;
func.func @forward(%x: memref<?x6xf32> loc("x"), %y: memref<8xf32> loc("y"),
                   %workspace: memref<?xi8> loc("workspace"), %stream: !llvm.ptr loc("stream")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %c64 = arith.constant 64 : index
  %c256 = arith.constant 256 : index
  %batch = memref.dim %x, %c0 : memref<?x6xf32>
  %shift = arith.muli %batch, %c64 : index
  %hidden = memref.view %workspace[%shift][%batch] : memref<?xi8> to memref<?x6xf32> loc("hidden")
  %count = arith.muli %batch, %c6 : index
  %grid = arith.ceildivui %count, %c256 : index
  gpu.launch_func <%stream : !llvm.ptr> @kernels::@product
    blocks in (%grid, %c1, %c1) threads in (%c256, %c1, %c1)
    args(%x : memref<?x6xf32>, %hidden : memref<?x6xf32>, %batch : index)
  gpu.launch_func <%stream : !llvm.ptr> @kernels::@fibonacci
    blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%y : memref<8xf32>)
  return
}

}
