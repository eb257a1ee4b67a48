// The worked example of batch norm in prediction mode, a row per value.
//
// The running statistics are those after three updates with the biased
// variance from mean 0 and variance 1.

func.func @predict(%x: tensor<?x2xf32> {bn.name = "x"})
    -> (tensor<?x2xf32> {bn.name = "y"}) {
  %scale = arith.constant dense<1.0> : tensor<2xf32>
  %offset = arith.constant dense<0.0> : tensor<2xf32>
  %mean = arith.constant dense<[0.813, 1.897]> : tensor<2xf32>
  %variance = arith.constant dense<1.1355> : tensor<2xf32>
  %y = bn.batch_norm_inference %x, scale %scale, offset %offset, mean %mean,
      variance %variance {epsilon = 1.0e-05 : f64, layout = #bn<layout NCHW>}
    : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>,
       tensor<2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
