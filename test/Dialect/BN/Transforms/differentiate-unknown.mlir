// RUN: not %bn-opt %s --bn-differentiate 2>&1 | FileCheck %s
// RUN: not %bn-opt %s --bn-differentiate=loss=hinge 2>&1 | FileCheck %s --check-prefix=LOSS
// RUN: not %bn-opt %s --bn-differentiate=label-smoothing=1.5 2>&1 | FileCheck %s --check-prefix=SMOOTHING

// All ops without a gradient between a parameter and the loss, with the names of
// their nodes; not those beside the way.
// CHECK-NOT: 'beside'
// CHECK:     'second' (bn.relu_gradient) has no gradient
// CHECK-NOT: 'beside'
// CHECK:     'first' (bn.relu_gradient) has no gradient
// CHECK-NOT: 'beside'

// LOSS: error: expected loss cross-entropy or mse, got 'hinge'
// SMOOTHING: error: expected label smoothing from 0 to 1, got 1.5
module {
  func.func @gradients(%x: tensor<?x2xf32>, %w: tensor<?x2xf32> {bn.name = "w", bn.parameter = "weight"}) -> tensor<?x2xf32> {
    %beside = bn.relu_gradient %x, %x : tensor<?x2xf32> loc("beside")
    %0 = bn.relu_gradient %w, %beside : tensor<?x2xf32> loc("first")
    %1 = bn.tanh %0 : tensor<?x2xf32>
    %2 = bn.relu_gradient %1, %1 : tensor<?x2xf32> loc("second")
    %unused = bn.relu_gradient %w, %w : tensor<?x2xf32> loc("beside")
    return %2 : tensor<?x2xf32>
  }
}
