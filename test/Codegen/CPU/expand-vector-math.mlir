// RUN: %bn-opt %s --bn-expand-vector-math | FileCheck %s

// Two ordered comparisons clamp and let NaN pass; adding a large number rounds;
// 2^r comes of its bits; a polynomial of degree 5 by fused multiply-adds.

// CHECK-LABEL: func.func @exp(
// CHECK-SAME:    %[[X:.*]]: vector<16xf32>)
// CHECK-NOT:     math.exp
// CHECK:         arith.cmpf ogt, %[[X]], %{{.*}} : vector<16xf32>
// CHECK:         arith.select
// CHECK:         arith.cmpf olt
// CHECK:         %[[CLAMPED:.*]] = arith.select
// CHECK:         %[[SUM:.*]] = vector.fma %[[CLAMPED]],
// CHECK:         arith.subf %[[SUM]]
// CHECK:         %[[BITS:.*]] = arith.bitcast %[[SUM]] : vector<16xf32> to vector<16xi32>
// CHECK:         %[[EXPONENT:.*]] = arith.shli %[[BITS]]
// CHECK:         %[[POWER:.*]] = arith.bitcast %[[EXPONENT]] : vector<16xi32> to vector<16xf32>
// CHECK-COUNT-5: vector.fma
// CHECK-NOT:     vector.fma
// CHECK:         %[[RESULT:.*]] = arith.mulf %{{.*}}, %[[POWER]]
// CHECK:         return %[[RESULT]]
func.func @exp(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x : vector<16xf32>
  return %y : vector<16xf32>
}

// An approximate one reduces its argument by one float less, and its last
// product may become part of a multiply-add.

// CHECK-LABEL: func.func @approximate_exp(
// CHECK:         %[[EXPONENT:.*]] = arith.shli
// CHECK:         %[[POWER:.*]] = arith.bitcast %[[EXPONENT]]
// CHECK-COUNT-5: vector.fma
// CHECK-NEXT:    %[[RESULT:.*]] = arith.mulf %{{.*}}, %[[POWER]] fastmath<contract>
func.func @approximate_exp(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x fastmath<afn> : vector<16xf32>
  return %y : vector<16xf32>
}

// CHECK-LABEL: func.func @tanh(
// CHECK-NOT:     math.tanh
// CHECK:         arith.divf
// CHECK:         return
func.func @tanh(%x: vector<8xf32>) -> vector<8xf32> {
  %y = math.tanh %x : vector<8xf32>
  return %y : vector<8xf32>
}

// Doubles and scalars are left to libm, and what the CPU has stays.

// CHECK-LABEL: func.func @left_alone(
// CHECK:         math.exp %{{.*}} : vector<8xf64>
// CHECK:         math.exp %{{.*}} : f32
// CHECK:         math.sqrt %{{.*}} : vector<8xf32>
func.func @left_alone(%x: vector<8xf64>, %s: f32, %v: vector<8xf32>)
    -> (vector<8xf64>, f32, vector<8xf32>) {
  %0 = math.exp %x : vector<8xf64>
  %1 = math.exp %s : f32
  %2 = math.sqrt %v : vector<8xf32>
  return %0, %1, %2 : vector<8xf64>, f32, vector<8xf32>
}
