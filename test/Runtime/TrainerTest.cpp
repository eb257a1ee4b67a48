//===- TrainerTest.cpp - Training from the command line ---------*- C++ -*-===//
//
// Part of the bn-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "bn/Runtime/Trainer.h"
#include "TestTrainers.h"
#include "TrainingFixture.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

using namespace bn::runtime;

namespace {

class Training : public TrainingFixture {
protected:
  /// The numbers behind `key` in all lines of a log.
  static std::vector<double> valuesIn(const char *path, const char *key) {
    std::vector<double> values;
    std::string text = contentOf(path),
                quoted = "\"" + std::string(key) + "\":";
    for (size_t at = 0; (at = text.find(quoted, at)) != std::string::npos;
         at += quoted.size())
      values.push_back(strtod(text.c_str() + at + quoted.size(), nullptr));
    return values;
  }
  /// Sends a signal to a trainer once it has a checkpoint. Returns its exit
  /// status, negative after a signal. A shell's children ignore SIGINT when
  /// they run in the background, so not through one.
  static int runAndSignal(const std::string &options, int signal) {
    std::vector<std::string> words = {"softmax"};
    for (size_t at = 0, end; at < options.size(); at = end + 1) {
      end = std::min(options.find(' ', at), options.size());
      words.push_back(options.substr(at, end - at));
    }
    std::vector<char *> argv;
    for (std::string &word : words)
      argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t child = fork();
    if (child == 0) {
      alarm(60);
      // Who runs the tests in the background may ignore them.
      ::signal(SIGINT, SIG_DFL);
      ::signal(SIGTERM, SIG_DFL);
      if (freopen("out.txt", "w", stdout))
        execv(TEST_PROGRAM_DIRECTORY "/softmax", argv.data());
      _exit(127);
    }
    for (int i = 0; i < 5000 && access("state", F_OK) != 0; ++i)
      usleep(1000);
    kill(child, signal);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  }
  /// A log without what depends on the time.
  static std::string timelessLog(const char *path) {
    std::string text = contentOf(path);
    for (size_t at;
         (at = text.find(",\"examples_per_second\":")) != std::string::npos;)
      text.erase(at, text.find('}', at) - at);
    return text;
  }
};

/// The same training, written down plainly: losses and all parameters.
struct PlainTraining {
  explicit PlainTraining(const bn_trainer &trainer) : trainer(trainer) {
    const float first[6] = {1, 0, 0, 0, 0, 1};
    const size_t sizes[6] = {16, 16, 64, 4, 16, 16};
    for (int i = 0; i < 6; ++i) {
      values.emplace_back(sizes[i], first[i]);
      results.emplace_back(sizes[i]);
      velocity.emplace_back(sizes[i], 0.0f);
    }
    for (int k = 0; k < 64; ++k)
      values[2][static_cast<size_t>(k)] =
          static_cast<float>((k * 7919 + 13) % 101 - 50) / 200;
  }
  float step(std::vector<float> &x, std::vector<int64_t> &labels, float rate,
             float momentum, float decay) {
    std::vector<float> workspace(16 * labels.size());
    int64_t seed[2] = {0, 1}, hits;
    float loss;
    std::vector<const void *> in = {x.data(), labels.data(), seed};
    std::vector<void *> out = {&loss, &hits};
    for (size_t i = 0; i < 6; ++i) {
      in.push_back(values[i].data());
      out.push_back(results[i].data());
    }
    EXPECT_EQ(trainer.gradients->run(in.data(), out.data(),
                                     static_cast<int64_t>(labels.size()),
                                     workspace.data(), nullptr),
              BN_OK);
    for (size_t i = 0; i < 4; ++i)
      for (size_t k = 0; k < values[i].size(); ++k) {
        float slope = results[i][k] + decay * values[i][k];
        velocity[i][k] = momentum * velocity[i][k] + slope;
        values[i][k] -= rate * velocity[i][k];
      }
    values[4] = results[4];
    values[5] = results[5];
    return loss;
  }
  const bn_trainer &trainer;
  std::vector<std::vector<float>> values, results, velocity;
};

} // namespace

TEST_F(Training, LearnsAndTellsHow) {
  Ended ended = run("softmax", "--data data --epochs 4 --batch 16 "
                               "--log log.jsonl --plot plot.svg");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  EXPECT_NE(ended.out.find("Epoch 4: Loss: 0."), std::string::npos);
  EXPECT_NE(ended.out.find("Test: 100.00%"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("bn\n  gamma         "), std::string::npos);
  EXPECT_EQ(valuesIn("log.jsonl", "step").size(), 4u * 7);
  std::vector<double> losses = valuesIn("log.jsonl", "train_loss");
  ASSERT_EQ(losses.size(), 4u);
  EXPECT_LT(losses[3], losses[0]);
  EXPECT_EQ(valuesIn("log.jsonl", "test_accuracy").back(), 1);
  // An epoch's loss is the mean of those of its batches, the short one too.
  std::vector<double> steps = valuesIn("log.jsonl", "loss");
  double sum = 0;
  for (int i = 0; i < 7; ++i)
    sum += steps[static_cast<size_t>(i)];
  EXPECT_NEAR(losses[0], sum / 7, 1e-8);
  EXPECT_EQ(contentOf("plot.svg").compare(0, 4, "<svg"), 0);
}

TEST_F(Training, DoesWhatALoopWrittenDownDoes) {
  Ended ended =
      run("softmax", "--data data --epochs 2 --batch 32 --no-shuffle --lr 0.3 "
                     "--momentum 0.9 --weight-decay 0.01 --log log.jsonl "
                     "--normalize 0.25,0.5 --save new.onnx");
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.err.find("warning: --normalize 0.25,0.5 contradicts"),
            std::string::npos);
  PlainTraining plain(*softmax_trainer());
  std::vector<double> losses = valuesIn("log.jsonl", "loss");
  ASSERT_EQ(losses.size(), 8u);
  size_t step = 0;
  for (int epoch = 0; epoch < 2; ++epoch)
    for (int first = 0; first < trainRows; first += 32) {
      std::vector<float> x;
      std::vector<int64_t> labels;
      for (int row = first; row < std::min(first + 32, trainRows); ++row) {
        for (int place = 0; place < 16; ++place)
          x.push_back(
              (static_cast<float>(pixelOf(row, place, 1)) / 255.0f - 0.25f) /
              0.5f);
        labels.push_back(classOf(row));
      }
      float loss = plain.step(x, labels, 0.3f, 0.9f, 0.01f);
      EXPECT_EQ(static_cast<float>(losses[step++]), loss);
    }
  // The values are in the file, each tensor in one piece but beta.
  std::string saved = contentOf("new.onnx");
  for (size_t i : {0, 2, 3, 4, 5})
    EXPECT_NE(saved.find(std::string(
                  reinterpret_cast<const char *>(plain.values[i].data()),
                  plain.values[i].size() * sizeof(float))),
              std::string::npos)
        << "parameter " << i;
  EXPECT_NE(saved.find("bn.input_mean\x12\x04"
                       "0.25"),
            std::string::npos);
  EXPECT_NE(saved.find("bn.input_std\x12\x03"
                       "0.5"),
            std::string::npos);
}

TEST_F(Training, ShufflesEveryRowOncePerEpoch) {
  // Frozen and with rate 0 the mean over full batches is that over the rows.
  const char *same = "--data data --epochs 2 --lr 0 --batch 8 --drop-last ";
  writePart("data/train", 96, 1);
  ASSERT_EQ(run("softmax_frozen",
                std::string(same) + "--no-shuffle --log plain.jsonl")
                .status,
            0);
  for (const char *seed : {"0", "1"})
    ASSERT_EQ(run("softmax_frozen", std::string(same) + "--seed " + seed +
                                        " --log seed" + seed + ".jsonl")
                  .status,
              0);
  std::vector<double> plain = valuesIn("plain.jsonl", "train_loss"),
                      first = valuesIn("seed0.jsonl", "train_loss"),
                      second = valuesIn("seed1.jsonl", "train_loss");
  for (size_t epoch : {0, 1}) {
    EXPECT_NEAR(first[epoch], plain[0], 1e-6);
    EXPECT_NEAR(second[epoch], plain[0], 1e-6);
  }
  std::vector<double> steps = valuesIn("seed0.jsonl", "loss"),
                      others = valuesIn("seed1.jsonl", "loss"),
                      unshuffled = valuesIn("plain.jsonl", "loss");
  EXPECT_NE(steps[0], unshuffled[0]);
  EXPECT_NE(steps[0], others[0]);
  EXPECT_NE(steps[0], steps[12]); // the next epoch
  EXPECT_EQ(unshuffled[0], unshuffled[12]);
}

TEST_F(Training, GoesOnBitForBit) {
  const char *same = "--data data --batch 16 --momentum 0.9 --seed 5 ";
  for (const char *program : {"softmax", "softmax_adam"}) {
    std::string options = same;
    if (program == std::string("softmax_adam"))
      options = "--data data --batch 16 --lr 0.01 ";
    ASSERT_EQ(run(program, options + "--epochs 6 --log straight.jsonl "
                                     "--save straight.onnx")
                  .status,
              0);
    ASSERT_EQ(run(program, options + "--epochs 4 --log parts.jsonl "
                                     "--checkpoint state")
                  .status,
              0);
    // What a killed run wrote after its last checkpoint is dropped.
    std::string log = contentOf("parts.jsonl");
    write("parts.jsonl", log + "{\"epoch\":5,\"step\":29,\"loss\":9}\n{\"ep");
    Ended ended = run(program, options + "--epochs 6 --log parts.jsonl "
                                         "--resume state --save parts.onnx");
    ASSERT_EQ(ended.status, 0) << ended.err;
    EXPECT_TRUE(contentOf("straight.onnx") == contentOf("parts.onnx"));
    EXPECT_EQ(timelessLog("straight.jsonl"), timelessLog("parts.jsonl"));
    EXPECT_NE(contentOf("straight.jsonl"), "");
  }
}

TEST_F(Training, StopsAtASignalAndGoesOn) {
  const std::string same = "--data data --batch 16 --epochs ";
  for (int signal : {SIGINT, SIGTERM, SIGKILL}) {
    ASSERT_EQ(system("rm -f stopped.onnx state"), 0);
    // It does not come to an end by itself.
    int status = runAndSignal(
        same + "1000000 --checkpoint state --save stopped.onnx", signal);
    bool killed = signal == SIGKILL;
    EXPECT_EQ(status, killed ? -SIGKILL : 0);
    std::string printed = contentOf("out.txt");
    EXPECT_EQ(printed.find("Stopped after step") != std::string::npos, !killed);
    EXPECT_EQ(contentOf("stopped.onnx").empty(), killed);

    size_t last = printed.rfind("Epoch ");
    ASSERT_NE(last, std::string::npos);
    long done = strtol(printed.c_str() + last + strlen("Epoch "), nullptr, 10);
    std::string whole = same + std::to_string(done + 2) + " ";
    ASSERT_EQ(run("softmax", whole + "--save straight.onnx").status, 0);
    Ended ended = run("softmax", whole + "--resume state --save resumed.onnx");
    ASSERT_EQ(ended.status, 0) << ended.err;
    EXPECT_TRUE(contentOf("resumed.onnx") == contentOf("straight.onnx"))
        << signal;
    EXPECT_FALSE(contentOf("resumed.onnx").empty());
    EXPECT_FALSE(contentOf("resumed.onnx") == contentOf("stopped.onnx"));
  }
}

TEST_F(Training, RefusesForeignCheckpoints) {
  const char *start = "--data data --batch 16 --epochs 1 ";
  ASSERT_EQ(run("softmax", std::string(start) + "--checkpoint state").status,
            0);
  auto resume = [&](const char *program, const std::string &options) {
    Ended ended = run(program, "--data data --resume state " + options);
    EXPECT_EQ(ended.status, 1);
    return ended.err;
  };
  EXPECT_EQ(resume("softmax", "--batch 8"),
            "state: error: the run was begun with another --batch: expected "
            "16, got 8\n");
  EXPECT_NE(resume("softmax_adam", "--batch 16").find("for another model"),
            std::string::npos);
  std::string state = contentOf("state");
  write("state", state.substr(0, state.size() - 9));
  EXPECT_EQ(resume("softmax", "--batch 16"),
            "state: error: the checkpoint is damaged\n");
  state[state.size() / 2] = static_cast<char>(state[state.size() / 2] ^ 1);
  write("state", state);
  EXPECT_EQ(resume("softmax", "--batch 16"),
            "state: error: the checkpoint is damaged\n");
  write("state", "something else");
  EXPECT_EQ(resume("softmax", "--batch 16"),
            "state: error: not a checkpoint of a training run\n");
}

TEST_F(Training, FindsMistakesBeforeTheFirstStep) {
  auto errorOf = [&](const std::string &options, int status = 1) {
    Ended ended = run("softmax", options);
    EXPECT_EQ(ended.status, status) << options;
    EXPECT_EQ(ended.out, "") << options;
    return ended.err;
  };
  EXPECT_EQ(errorOf("--data data --batch 1"),
            "softmax: error: expected a batch of at least 2 rows, got 1: "
            "BatchNormalization 'bn' sees one value; use a larger --batch\n");
  EXPECT_EQ(errorOf("--data data --batch 17"),
            "softmax: error: the last batch of an epoch has 1 of 17 rows: "
            "BatchNormalization 'bn' sees one value; use --drop-last or "
            "another --batch\n");
  EXPECT_EQ(
      run("softmax", "--data data --batch 17 --drop-last --epochs 1").status,
      0);
  EXPECT_NE(errorOf("--data data --batch 200 --drop-last")
                .find("--drop-last leaves no batch"),
            std::string::npos);
  EXPECT_EQ(errorOf("--data nowhere"), "nowhere: error: not a directory\n");
  EXPECT_NE(errorOf("--data data --save nowhere/new.onnx")
                .find("nowhere/new.onnx: error: cannot write"),
            std::string::npos);
  EXPECT_EQ(errorOf("", 2),
            "softmax: error: expected --data DIR; see --help\n");
  EXPECT_NE(errorOf("--data data --schedule linear", 2).find("--schedule:"),
            std::string::npos);
  EXPECT_NE(errorOf("--data data --nesterov", 2).find("needs --momentum"),
            std::string::npos);
  std::string labels = contentOf("data/train-labels-idx1-ubyte");
  labels[8 + 60] = 4;
  write("data/train-labels-idx1-ubyte", labels);
  EXPECT_EQ(errorOf("--data data"),
            "data/train-labels-idx1-ubyte: error: label 60 is 4, the model has "
            "4 classes\n");
}

TEST_F(Training, InitialisesAnew) {
  ASSERT_EQ(run("softmax", "--data data --epochs 1 --lr 0 --init random "
                           "--seed 3 --save new.onnx")
                .status,
            0);
  std::string bytes = contentOf("new.onnx");
  // fc.weight is 64 floats in front of its name: uniform in +-1/4.
  size_t name = bytes.find("fc.weight");
  ASSERT_NE(name, std::string::npos);
  float weights[64];
  memcpy(weights, bytes.data() + name - 3 - sizeof weights, sizeof weights);
  double sum = 0, squares = 0;
  for (float weight : weights) {
    EXPECT_LE(fabsf(weight), 0.25f);
    sum += weight;
    squares += weight * weight;
  }
  EXPECT_LT(fabs(sum / 64), 0.06);
  EXPECT_NEAR(sqrt(squares / 64), 0.25 / sqrt(3.0), 0.03);
}

TEST_F(Training, DoublePrecisionAgrees) {
  const char *same = "--data data --epochs 3 --batch 16 --momentum 0.5 ";
  ASSERT_EQ(run("softmax", std::string(same) + "--log f32.jsonl").status, 0);
  ASSERT_EQ(
      run("softmax_f64", std::string(same) + "--log f64.jsonl --save f64.onnx")
          .status,
      0);
  std::vector<double> narrow = valuesIn("f32.jsonl", "loss"),
                      wide = valuesIn("f64.jsonl", "loss");
  ASSERT_EQ(narrow.size(), wide.size());
  for (size_t i = 0; i < wide.size(); ++i)
    EXPECT_NEAR(narrow[i], wide[i], 1e-5);
  // Enough digits for the very number.
  EXPECT_NE(contentOf("f64.jsonl").find("\"loss\":1."), std::string::npos);
  EXPECT_EQ(contentOf("f64.onnx").size(),
            static_cast<size_t>(softmax_f64_trainer()->source_bytes));
}

TEST_F(Training, MeasuresLayers) {
  ASSERT_EQ(run("softmax", "--data data --epochs 2 --batch 103 --lr 0 "
                           "--log-stats --no-shuffle --log log.jsonl")
                .status,
            0);
  double mean = 0, square = 0;
  for (int row = 0; row < trainRows; ++row)
    for (int place = 0; place < 16; ++place) {
      double x = (pixelOf(row, place, 1) / 255.0 - 0.5) / 0.25;
      mean += x / (16 * trainRows);
      square += x * x / (16 * trainRows);
    }
  std::vector<double> means = valuesIn("log.jsonl", "mean_before"),
                      deviations = valuesIn("log.jsonl", "deviation_before");
  ASSERT_EQ(means.size(), 2u);
  for (size_t epoch : {0, 1}) {
    EXPECT_NEAR(means[epoch], mean, 1e-4);
    EXPECT_NEAR(deviations[epoch], sqrt(square - mean * mean), 1e-4);
  }
  EXPECT_EQ(valuesIn("log.jsonl", "mean_after")[0], 0);
  EXPECT_EQ(valuesIn("log.jsonl", "deviation_after")[0], 1);
  EXPECT_EQ(valuesIn("log.jsonl", "gradient_norm").size(), 4u);
  // Measuring changes nothing.
  std::vector<double> losses = valuesIn("log.jsonl", "train_loss");
  EXPECT_EQ(losses[0], losses[1]);
}

#ifdef TEST_ALLOCATION_COUNTER
TEST_F(Training, AllocatesNothingInSteps) {
  // Frozen and with rate 0, what is printed at the end is as long each time.
  auto count = [&](const char *batch) {
    EXPECT_EQ(run("softmax_frozen",
                  std::string("--data data --epochs 1 --lr 0 --drop-last "
                              "--log log.jsonl --batch ") +
                      batch,
                  "rm -f log.jsonl; LD_PRELOAD=" TEST_ALLOCATION_COUNTER)
                  .status,
              0);
    return contentOf("allocations.txt");
  };
  std::string few = count("50"); // 2 steps
  EXPECT_NE(few, "");
  EXPECT_EQ(few, count("2")); // 51 steps
}
#endif

#ifdef TEST_STANDALONE
TEST_F(Training, StandaloneTrainerIsSmallAndNeedsLibcAlone) {
  struct stat status;
  ASSERT_EQ(stat(TEST_PROGRAM_DIRECTORY "/softmax_standalone", &status), 0);
  // Under 1 MB with the code and the weights of a small network.
  EXPECT_LT(status.st_size, 500000);
  ASSERT_EQ(system("readelf -d " TEST_PROGRAM_DIRECTORY
                   "/softmax_standalone | grep NEEDED | grep -v "
                   "-e '\\[libc.so' -e '\\[libm.so' -e '\\[ld-linux' "
                   ">needed.txt; test $? = 1"),
            0)
      << contentOf("needed.txt");
  Ended ended = run("softmax_standalone", "--data data --epochs 3 --batch 16");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.out.find("Test: 100.00%"), std::string::npos) << ended.out;
  EXPECT_NE(run("softmax_standalone", "--help").out.find("--warmup STEPS"),
            std::string::npos);
}
#endif
