// The worked example of batch norm in training mode, channels last.
//
// Per channel the means are 3 and 7, and both variances are 1.5.

func.func @train(%x: tensor<?x2x2x2xf32> {bn.name = "x"},
                 %mean: tensor<2xf32> {bn.name = "running_mean"},
                 %variance: tensor<2xf32> {bn.name = "running_variance"})
    -> (tensor<?x2x2x2xf32> {bn.name = "y"},
        tensor<2xf32> {bn.name = "batch_mean"},
        tensor<2xf32> {bn.name = "batch_variance"},
        tensor<2xf32> {bn.name = "new_running_mean"},
        tensor<2xf32> {bn.name = "new_running_variance"}) {
  %scale = arith.constant dense<1.0> : tensor<2xf32>
  %offset = arith.constant dense<0.0> : tensor<2xf32>
  %y:5 = bn.batch_norm_training %x, scale %scale, offset %offset,
      running_mean %mean, running_variance %variance
      {epsilon = 1.0e-05 : f64, momentum = 0.9 : f64,
       convention = #bn<momentum_convention onnx>,
       variance_bias = #bn<running_variance biased>, layout = #bn<layout NHWC>}
    : (tensor<?x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>,
       tensor<2xf32>)
    -> (tensor<?x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>,
        tensor<2xf32>)
  return %y#0, %y#1, %y#2, %y#3, %y#4 : tensor<?x2x2x2xf32>, tensor<2xf32>,
    tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}
