//===- Abi.h - C interface of generated code and the runtime ----*- C -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A compiled model is one constant table, `bn_model`: its signature, what it
// needs (CPU features, workspace) and its entry point. There are no globals to
// initialise and nothing is allocated while running: the caller gives inputs,
// outputs and the workspace. Calls are reentrant as long as each has outputs
// and a workspace of its own.
//
// Tensors are dense and row-major, in the axis order of the source model (NCHW
// for ONNX images). The only extent that may be dynamic is the batch; all
// dynamic extents of one call are equal to its `batch` argument.
//
// The layout of these structs is built by the compiler as LLVM constants
// (lib/Target/Object/ModelTable.cpp); a change here is a change there and a new
// BN_ABI_VERSION.
//
//===----------------------------------------------------------------------===//

#ifndef BN_RUNTIME_ABI_H
#define BN_RUNTIME_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BN_ABI_VERSION 1

/// Alignment in bytes that `workspace` must have. Inputs and outputs need only
/// the alignment of their elements.
#define BN_WORKSPACE_ALIGNMENT 64

/// Marks the batch axis in `bn_tensor_spec::shape` when it is dynamic.
#define BN_DYNAMIC (-1)

/// Element types, numbered as ONNX's TensorProto.DataType.
enum bn_element_type { BN_F32 = 1, BN_I64 = 7, BN_F64 = 11 };

/// What `bn_model::run` returns.
enum bn_status {
  BN_OK = 0,
  /// `batch` is below `minimum_batch`, or differs from a fixed batch.
  BN_BAD_BATCH = 1,
  /// A call of the device failed; the model has printed which, and why.
  BN_DEVICE_ERROR = 2
};

/// Name, element type and shape of one input or output.
typedef struct bn_tensor_spec {
  const char *name;
  int32_t element_type; // enum bn_element_type
  int32_t rank;
  const int64_t *shape; // `rank` extents; BN_DYNAMIC is the batch
} bn_tensor_spec;

/// One entry of the source model's metadata, such as ("bn.input_mean", "0.5").
typedef struct bn_property {
  const char *key;
  const char *value;
} bn_property;

/// One unit of parallel work: `index` in [0, count), executed on worker
/// `worker` in [0, threads). Two tasks with the same worker never overlap.
typedef void (*bn_task)(void *context, int64_t index, int64_t worker);

/// How a call may use threads. A null pointer to these options, a null
/// `parallel_for` or `threads` <= 1 means: the calling thread alone.
typedef struct bn_run_options {
  int64_t threads;
  /// Calls `task(context, i, worker)` once for each i in [0, count) and returns
  /// when all are done.
  void (*parallel_for)(int64_t threads, int64_t count, bn_task task,
                       void *context);
} bn_run_options;

/// A compiled model.
typedef struct bn_model {
  int32_t abi_version; // BN_ABI_VERSION
  int32_t input_count;
  int32_t output_count;
  int32_t property_count;
  const char *name;
  /// CPU features the code uses, as LLVM names them, separated by commas:
  /// "avx512f,avx512vl". Check before calling `run`.
  const char *cpu_features;
  const bn_tensor_spec *inputs;
  const bn_tensor_spec *outputs;
  const bn_property *properties;
  /// A call needs workspace_bytes + batch * workspace_bytes_per_row +
  /// threads * workspace_bytes_per_thread bytes; each is a multiple of
  /// BN_WORKSPACE_ALIGNMENT. `threads` is at least 1.
  int64_t workspace_bytes;
  int64_t workspace_bytes_per_row;
  int64_t workspace_bytes_per_thread;
  /// Smallest legal batch: 2 when a batch norm in training mode would
  /// otherwise see a single value per channel; `minimum_batch_reason` then
  /// names it, otherwise it is null.
  int64_t minimum_batch;
  const char *minimum_batch_reason;
  /// Number of learned values, and of floating-point operations (a
  /// multiply-add counts two) for one row of the batch.
  int64_t parameter_count;
  int64_t operations_per_row;
  /// Runs the model on `batch` rows. `inputs` and `outputs` hold one pointer
  /// per tensor, in the order of the specs. Returns an enum bn_status.
  int32_t (*run)(const void *const *inputs, void *const *outputs, int64_t batch,
                 void *workspace, const bn_run_options *options);
} bn_model;

/// The function that every shared library and executable made by bn-opt
/// defines: the model in it. Objects and static libraries define
/// `NAME_model()` only, so that several can be linked into one program.
const bn_model *bn_get_model(void);

/// What a parameter is to its layer: running statistics come last.
enum bn_parameter_role {
  BN_WEIGHT = 0,
  BN_BIAS = 1,
  BN_SCALE = 2,  // gamma of a normalization
  BN_OFFSET = 3, // beta
  BN_RUNNING_MEAN = 4,
  BN_RUNNING_VARIANCE = 5,
  /// The number of batches that these are means of. It is in no source model,
  /// and begins with 0.
  BN_BATCHES_TRACKED = 6
};

/// A learned tensor of the source model, or a running statistic.
typedef struct bn_parameter_spec {
  bn_tensor_spec tensor; // the initializer's name and shape; never dynamic
  int32_t role;          // enum bn_parameter_role
  /// The layer it belongs to (the node's name), or "".
  const char *layer;
  /// Inputs that one output of the layer is a sum of: for new weights and
  /// biases. 0 for those of normalizations.
  int64_t fan_in;
} bn_parameter_spec;

/// Losses and optimizers that training code is compiled for.
enum bn_loss { BN_CROSS_ENTROPY = 0, BN_MEAN_SQUARED_ERROR = 1 };
enum bn_optimizer { BN_SGD = 0, BN_ADAM = 1, BN_ADAMW = 2 };

/// Training on a device that keeps what a run learns from one step to the next.
/// Trained parameters, each state of the optimizer and running statistics are
/// one vector each: tensor after tensor, each on a 64-byte boundary, with zeros
/// between them. All return an enum bn_status.
typedef struct bn_device_training {
  /// Copies everything to the device, or from there. `second` is null for an
  /// optimizer without a second state.
  int32_t (*load)(const void *trained, const void *first, const void *second,
                  const void *statistics);
  int32_t (*store)(void *trained, void *first, void *second, void *statistics);
  /// One step: loss and hits as of `gradients`, then `update` with `settings`.
  int32_t (*step)(const void *data, const int64_t *labels, const int64_t *seed,
                  const void *settings, int64_t batch, void *loss,
                  int64_t *hits);
  /// Prediction with the parameters that are there.
  int32_t (*predict)(const void *data, int64_t batch, void *logits);
  /// Makes room for a data set of `rows` rows on the device, BN_BAD_BATCH if
  /// there is none, and copies some of them there, from number `first` on.
  int32_t (*reserve_rows)(int64_t rows);
  int32_t (*put_rows)(const void *data, const int64_t *labels, int64_t first,
                      int64_t rows);
  /// `step` with the rows of that data set which have the numbers `rows`.
  int32_t (*step_rows)(const int64_t *rows, const int64_t *seed,
                       const void *settings, int64_t batch, void *loss,
                       int64_t *hits);
} bn_device_training;

/// A compiled training program: three models over the same parameters, with P
/// trained ones and S running statistics, P + S = `parameter_count`. Parameters
/// are given as inputs in the order of `parameters`, trained ones first; the
/// values are in the element type of the program, f32 or f64.
typedef struct bn_trainer {
  int32_t abi_version; // BN_ABI_VERSION
  int32_t parameter_count;
  int32_t trained_count; // P
  int32_t loss;          // enum bn_loss
  int32_t optimizer;     // enum bn_optimizer
  int32_t class_count;   // extent of the logits; labels are below it
  double label_smoothing;
  const bn_parameter_spec *parameters;
  /// Loss and gradients of a batch. Inputs: the data; the labels (i64, N); the
  /// seed (i64, 2: that of the run, then the step); all parameters. Outputs:
  /// the loss (a scalar, before any update), the hits (i64 scalar), the
  /// gradients of the P trained parameters, the new values of the S running
  /// statistics.
  const bn_model *gradients;
  /// The model in prediction mode. Inputs: the data; all parameters. Outputs:
  /// the logits.
  const bn_model *predict;
  /// One step of the optimizer on any number of values as one vector, which is
  /// this model's batch; outputs may be the inputs of the same meaning. SGD:
  /// parameters, gradients, velocity, settings (4: rate, momentum, weight
  /// decay, Nesterov) to parameters, velocity. Adam: parameters, gradients,
  /// first and second moment, settings (7: rate, b1, b2, epsilon, weight decay,
  /// 1 - b1^t, 1 - b2^t) to parameters and both moments. Settings have the
  /// element type of the program.
  const bn_model *update;
  /// The source model as the bytes of an ONNX file in prediction mode, whose
  /// initializers hold the parameters' first values, by name: what a trained
  /// model is written into.
  const void *source;
  int64_t source_bytes;
  /// The same on a device; null for a program of the CPU.
  const bn_device_training *device;
} bn_trainer;

/// The function that every trainer made by bn-opt defines.
const bn_trainer *bn_get_trainer(void);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // BN_RUNTIME_ABI_H
