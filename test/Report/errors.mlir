// A module without facts has no normalizations; that is a report too.
// RUN: rm -rf %t && mkdir %t
// RUN: %bn-report-test %s %t/r.json && FileCheck %s --check-prefix=EMPTY < %t/r.json
// EMPTY: "total": 0,
// EMPTY: "normalizations": []

// RUN: not %bn-report-test %s %t/r.pdf 2>&1 | FileCheck %s --check-prefix=ENDING
// ENDING: error: cannot write report '{{.*}}r.pdf': expected the ending .txt, .json or .html

// RUN: not %bn-report-test %s %t/none/r.txt 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: error: cannot write report '{{.*}}none/r.txt': {{.*}}o such file or directory

// A file that cannot be replaced is left alone.
// RUN: mkdir %t/d.txt
// RUN: not %bn-report-test %s %t/d.txt 2>&1 | FileCheck %s --check-prefix=TAKEN
// TAKEN: error: cannot write report '{{.*}}d.txt'
// RUN: ls %t | FileCheck %s --check-prefix=FILES
// FILES: d.txt
// FILES-NEXT: r.json
// FILES-NOT: {{.}}
module {
}
