// RUN: rm -rf %t && mkdir %t
// RUN: %bn-report-test %s %t/r.txt && FileCheck %s --check-prefix=TEXT < %t/r.txt
// RUN: %bn-report-test %s %t/r.json && FileCheck %s --check-prefix=JSON < %t/r.json
// RUN: %python -m json.tool %t/r.json
// RUN: %bn-report-test %s %t/r.html && FileCheck %s --check-prefix=HTML < %t/r.html

// No temporary file stays.
// RUN: ls %t | FileCheck %s --check-prefix=FILES
// FILES: r.html
// FILES-NEXT: r.json
// FILES-NEXT: r.txt
// FILES-NOT: {{.}}

// TEXT:      report: 2 of 4 normalizations folded, 1 fused, 1 kept
// TEXT:      bn1 (BatchNormalization): folded-into-producer, conv1
// TEXT-NEXT:   largest relative change 2.50e-07, allowed 1.00e-05
// TEXT:      bn2 (decomposed): folded-into-consumer, fc1
// TEXT:      b<3> (BatchNormalization): kept
// TEXT-NEXT:   its input is an argument of the model & "more"
// Nothing was changed where nothing was folded.
// TEXT:      bn4 (BatchNormalization): fused, sigmoid4
// TEXT-NEXT:   tensors of its size: forward 1 read and 2.25 written (op by op 4 read and 3 written), backward 3 read and 0 written (8 read and 4 written); by the next layer 1 read and 1 written (2 read and 1 written)
// TEXT-NEXT:   stored: conv4 (768 bytes per row); computed again: bn4, sigmoid4 gradient
// TEXT-EMPTY:
// TEXT-NEXT: a step's workspace for a batch of 128: 5000 bytes (1000, and 30 per row, and 160 per thread), within the budget of 6000
// TEXT-EMPTY:
// TEXT-NEXT: 1 of 2 convolutions by few products (Winograd); all together have an error of 5.0e-06 of the largest output
// TEXT-NEXT:   conv<1>: F(4x4, 3x3), measured error 5.0e-06 of the largest output, allowed 2.0e-05
// TEXT-NEXT:   conv2: direct: F(2x2, 3x3) has an error of 3.0e-05, above 2.0e-05

// JSON:      "total": 4,
// JSON-NEXT: "folded": 2,
// JSON-NEXT: "fused": 1,
// JSON-NEXT: "kept": 1,
// JSON-NEXT: "normalizations": [
// JSON-NEXT:   {
// JSON-NEXT:     "name": "bn1",
// JSON-NEXT:     "op": "BatchNormalization",
// JSON-NEXT:     "status": "folded-into-producer",
// JSON-NEXT:     "into": "conv1",
// JSON-NEXT:     "reason": "",
// JSON-NEXT:     "bound": 1.000{{[0-9]*}}e-05,
// JSON-NEXT:     "measured": 2.{{[0-9]+}}e-07
// JSON:          "op": "decomposed"
// JSON:          "reason": "its input is an argument of the model & \"more\"",

// JSON:          "status": "fused",
// JSON:          "passes": {
// JSON-NEXT:       "before": {
// JSON-NEXT:         "forward_reads": 4,
// JSON-NEXT:         "forward_writes": 3,
// JSON-NEXT:         "backward_reads": 8,
// JSON-NEXT:         "backward_writes": 4,
// JSON-NEXT:         "next_layer_reads": 2,
// JSON-NEXT:         "next_layer_writes": 1
// JSON-NEXT:       },
// JSON-NEXT:       "after": {
// JSON-NEXT:         "forward_reads": 1,
// JSON-NEXT:         "forward_writes": 2.25,
// JSON:          "tensors": [
// JSON-NEXT:       {
// JSON-NEXT:         "name": "conv4",
// JSON-NEXT:         "place": "stored",
// JSON-NEXT:         "bytes_per_row": 768,
// JSON-NEXT:         "before": {
// JSON:      "training": {
// JSON-NEXT:   "fused": true,
// JSON-NEXT:   "batch": 128,
// JSON-NEXT:   "peak_bytes": 5000,
// JSON-NEXT:   "memory_budget": 6000,
// JSON-NEXT:   "fixed_bytes": 1000,
// JSON-NEXT:   "bytes_per_row": 30,
// JSON-NEXT:   "bytes_per_thread": 160
// JSON-NEXT: },
// JSON-NEXT: "winograd": [
// JSON-NEXT:   {
// JSON-NEXT:     "name": "conv<1>",
// JSON-NEXT:     "algorithm": "F(4x4, 3x3)",
// JSON-NEXT:     "measured": 5.{{[0-9]*}}e-06,
// JSON-NEXT:     "bound": 2.{{[0-9]*}}e-05,
// JSON-NEXT:     "reason": ""
// JSON:          "algorithm": "direct"
// JSON:          "reason": "F(2x2, 3x3) has an error of 3.0e-05, above 2.0e-05"

// What names hold is text, not markup.
// HTML:     <title>report: normalizations</title>
// HTML:     <b>2 of 4</b> normalizations folded, 1 fused, 1 kept
// HTML:     <td>bn1</td>
// HTML-SAME: style="width: 2.5%"
// HTML:     <td>bn2</td>
// HTML-SAME: style="width: 100.0%"
// HTML:     <td>b&lt;3&gt;</td>
// HTML-SAME: <td class="kept">kept</td><td></td><td></td>
// HTML-SAME: &amp; &quot;more&quot;
// HTML:     <td>bn4</td>
// HTML-SAME: <td class="fused">fused</td><td>sigmoid4</td><td></td><td></td><td></td>
// HTML-SAME: <br>tensors of its size: forward 1 read and 2.25 written
// HTML-SAME: <br>stored: conv4 (768 bytes per row); computed again: bn4, sigmoid4 gradient
// HTML:     <p>a step&apos;s workspace for a batch of 128: 5000 bytes
// HTML:     <p>1 of 2 convolutions by few products
// HTML:     <li>conv&lt;1&gt;: F(4x4, 3x3), measured error 5.0e-06
// HTML-NOT: src=
// HTML-NOT: href=
module attributes {bn.normalizations = [
  #bn.normalization<name = "bn1", op = "BatchNormalization",
    status = "folded-into-producer", into = "conv1", reason = "",
    bound = 1.0e-05 : f64, measured = 2.5e-07 : f64>,
  #bn.normalization<name = "bn2", op = "decomposed",
    status = "folded-into-consumer", into = "fc1", reason = "",
    bound = 1.0e-07 : f64, measured = 1.0e-07 : f64>,
  #bn.normalization<name = "b<3>", op = "BatchNormalization", status = "kept",
    into = "", reason = "its input is an argument of the model & \"more\"",
    bound = 1.0e-05 : f64, measured = 0.0 : f64>,
  #bn.normalization<name = "bn4", op = "BatchNormalization", status = "fused",
    into = "sigmoid4", reason = "", bound = 1.0e-05 : f64,
    measured = 0.0 : f64>], bn.winograd = [
  {name = "conv<1>", algorithm = "F(4x4, 3x3)", measured = 5.0e-06 : f64,
   bound = 2.0e-05 : f64, reason = ""},
  {name = "conv2", algorithm = "direct", measured = 0.0 : f64,
   bound = 2.0e-05 : f64,
   reason = "F(2x2, 3x3) has an error of 3.0e-05, above 2.0e-05"}]} {
  module attributes {bn.training_plan = {
    batch = 128 : i64, bytes_per_row = 30 : i64, bytes_per_thread = 160 : i64,
    fixed_bytes = 1000 : i64, fused = true, memory_budget = 6000 : i64,
    peak_bytes = 5000 : i64, normalizations = [{name = "bn4", tensors = [
      {name = "conv4", place = "stored", bytes_per_row = 768 : i64,
       before = array<f64: 4.0, 3.0, 4.0, 0.0, 2.0, 1.0>,
       after = array<f64: 1.0, 2.25, 3.0, 0.0, 1.0, 1.0>},
      {name = "bn4", place = "recomputed", bytes_per_row = 768 : i64,
       before = array<f64: 0.0, 0.0, 4.0, 4.0, 0.0, 0.0>,
       after = array<f64: 0.0, 0.0, 0.0, 0.0, 0.0, 0.0>},
      {name = "sigmoid4 gradient", place = "recomputed",
       bytes_per_row = 768 : i64,
       before = array<f64: 0.0, 0.0, 0.0, 0.0, 0.0, 0.0>,
       after = array<f64: 0.0, 0.0, 0.0, 0.0, 0.0, 0.0>},
      {name = "dx", place = "block", bytes_per_row = 768 : i64,
       before = array<f64: 0.0, 0.0, 0.0, 0.0, 0.0, 0.0>,
       after = array<f64: 0.0, 0.0, 0.0, 0.0, 0.0, 0.0>}]}]}} {
  }
}
