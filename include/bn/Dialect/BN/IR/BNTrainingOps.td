//===- BNTrainingOps.td - Losses, optimizers, dropout ------*- tablegen -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BN_DIALECT_BN_IR_BNTRAININGOPS_TD
#define BN_DIALECT_BN_IR_BNTRAININGOPS_TD

include "bn/Dialect/BN/IR/BNOpBase.td"

/// A loss of a batch, with its gradient.
class BN_LossOp<string mnemonic> : BN_Op<mnemonic, [
    AllTypesMatch<["input", "gradient"]>]> {
  let arguments = (ins
    2DTensorOf<[AnyFloat]>:$input,
    1DTensorOf<[I64]>:$labels,
    DefaultValuedAttr<F64Attr, "0.0">:$label_smoothing);
  let results = (outs
    0DTensorOf<[AnyFloat]>:$loss,
    0DTensorOf<[I64]>:$hits,
    2DTensorOf<[AnyFloat]>:$gradient);
  let assemblyFormat = [{
    $input `,` $labels attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_CrossEntropyLossOp : BN_LossOp<"cross_entropy_loss"> {
  let summary = "cross-entropy of softmax, mean over the batch";
  let description = [{
    With K classes, smoothing s, p = softmax(input) along the classes and the
    target t = (1 - s) * onehot(label) + s / K of each of the N rows:

        loss     = -1/N sum t * log(p)
        gradient = (p - t) / N
        hits     = number of rows whose first largest input is at the label

    Labels are from 0 to K - 1; the caller checks that.

    ```mlir
    func.func @cross_entropy(%x: tensor<?x10xf32>, %labels: tensor<?xi64>)
        -> (tensor<f32>, tensor<i64>, tensor<?x10xf32>) {
      %loss, %hits, %dx = bn.cross_entropy_loss %x, %labels
        {label_smoothing = 0.1 : f64} : (tensor<?x10xf32>, tensor<?xi64>)
        -> (tensor<f32>, tensor<i64>, tensor<?x10xf32>)
      return %loss, %hits, %dx : tensor<f32>, tensor<i64>, tensor<?x10xf32>
    }
    ```
  }];
}

def BN_MeanSquaredErrorLossOp : BN_LossOp<"mean_squared_error_loss"> {
  let summary = "squared error against the one-hot label, mean over all values";
  let description = [{
    With K classes and the target t = (1 - s) * onehot(label) + s / K of each of
    the N rows:

        loss     = 1/(N K) sum (input - t)^2
        gradient = 2 (input - t) / (N K)
        hits     = number of rows whose first largest input is at the label

    ```mlir
    func.func @squared_error(%x: tensor<?x10xf32>, %labels: tensor<?xi64>)
        -> (tensor<f32>, tensor<i64>, tensor<?x10xf32>) {
      %loss, %hits, %dx = bn.mean_squared_error_loss %x, %labels
        : (tensor<?x10xf32>, tensor<?xi64>)
        -> (tensor<f32>, tensor<i64>, tensor<?x10xf32>)
      return %loss, %hits, %dx : tensor<f32>, tensor<i64>, tensor<?x10xf32>
    }
    ```
  }];
}

def BN_DropoutOp : BN_Op<"dropout", [
    DeclareOpInterfaceMethods<BN_DifferentiableOpInterface>,
    AllTypesMatch<["input", "result"]>]> {
  let summary = "zeros at random, in training";
  let description = [{
    Each value is zero with probability `ratio`, else divided by 1 - ratio. Which
    ones is a function of the seed (two values: that of the run and the step),
    of `stream`, which differs between the layers of a model, and of the row and
    the position within it, counted in the row-major order of the input; no
    other state (DropoutHash.h). The gradient is the same op on the gradient.
    Without a seed, as it is imported, the op cannot be lowered yet.

    ```mlir
    func.func @dropout(%x: tensor<?x84xf32>, %seed: tensor<2xi64>)
        -> tensor<?x84xf32> {
      %y = bn.dropout %x seed %seed {ratio = 0.5 : f64, stream = 1 : i64}
        : (tensor<?x84xf32>, tensor<2xi64>) -> tensor<?x84xf32>
      return %y : tensor<?x84xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_Tensor:$input,
    Optional<1DTensorOf<[I64]>>:$seed,
    F64Attr:$ratio,
    I64Attr:$stream);
  let results = (outs BN_Tensor:$result);
  let assemblyFormat = [{
    $input (`seed` $seed^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Optimizers, on all parameters as one vector
//===----------------------------------------------------------------------===//

def BN_SgdUpdateOp : BN_Op<"sgd_update", [
    AllTypesMatch<["parameters", "gradients", "velocity", "new_parameters",
                   "new_velocity"]>]> {
  let summary = "one step of gradient descent with momentum";
  let description = [{
    `settings` holds the learning rate, the momentum u, the weight decay d, and
    1 for Nesterov's momentum, else 0. With g = gradients + d * parameters:

        new_velocity   = u * velocity + g
        new_parameters = parameters - rate * new_velocity
        (Nesterov:       parameters - rate * (g + u * new_velocity))

    as PyTorch's `SGD` without dampening.

    ```mlir
    func.func @sgd(%p: tensor<?xf32>, %g: tensor<?xf32>, %v: tensor<?xf32>,
                   %s: tensor<4xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
      %new_p, %new_v = bn.sgd_update %p, %g, velocity %v, settings %s
        : (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<4xf32>)
        -> (tensor<?xf32>, tensor<?xf32>)
      return %new_p, %new_v : tensor<?xf32>, tensor<?xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_ChannelVector:$parameters,
    BN_ChannelVector:$gradients,
    BN_ChannelVector:$velocity,
    BN_ChannelVector:$settings);
  let results = (outs
    BN_ChannelVector:$new_parameters,
    BN_ChannelVector:$new_velocity);
  let assemblyFormat = [{
    $parameters `,` $gradients `,` `velocity` $velocity `,`
    `settings` $settings attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def BN_AdamUpdateOp : BN_Op<"adam_update", [
    AllTypesMatch<["parameters", "gradients", "first_moment", "second_moment",
                   "new_parameters", "new_first_moment",
                   "new_second_moment"]>]> {
  let summary = "one step of Adam, or of AdamW";
  let description = [{
    `settings` holds the learning rate, b1, b2, epsilon, the weight decay d, and
    the corrections 1 - b1^t and 1 - b2^t of step t. With g = gradients + d *
    parameters, for `decoupled` g = gradients:

        m = b1 * first_moment + (1 - b1) * g
        v = b2 * second_moment + (1 - b2) * g^2
        new_parameters = parameters - rate / (1 - b1^t)
                         * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon)

    where for `decoupled` parameters are first multiplied by 1 - rate * d (Kingma
    and Ba 2015; Loshchilov and Hutter 2019), in PyTorch's order of operations.

    ```mlir
    func.func @adam(%p: tensor<?xf32>, %g: tensor<?xf32>, %m: tensor<?xf32>,
        %v: tensor<?xf32>, %s: tensor<7xf32>)
        -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
      %new_p, %new_m, %new_v = bn.adam_update %p, %g, first_moment %m,
        second_moment %v, settings %s {decoupled} : (tensor<?xf32>,
        tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<7xf32>)
        -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>)
      return %new_p, %new_m, %new_v
        : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
    }
    ```
  }];
  let arguments = (ins
    BN_ChannelVector:$parameters,
    BN_ChannelVector:$gradients,
    BN_ChannelVector:$first_moment,
    BN_ChannelVector:$second_moment,
    BN_ChannelVector:$settings,
    UnitAttr:$decoupled);
  let results = (outs
    BN_ChannelVector:$new_parameters,
    BN_ChannelVector:$new_first_moment,
    BN_ChannelVector:$new_second_moment);
  let assemblyFormat = [{
    $parameters `,` $gradients `,` `first_moment` $first_moment `,`
    `second_moment` $second_moment `,` `settings` $settings attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // BN_DIALECT_BN_IR_BNTRAININGOPS_TD
