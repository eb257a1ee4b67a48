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
// TEXT:      bn4 (BatchNormalization): fused, sigmoid4

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
    measured = 0.0 : f64>]} {
}
