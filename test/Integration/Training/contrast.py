#===- contrast.py - A data set with less contrast --------------------------===#
#
# Part of the bn-opt project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""contrast.py FROM TO: copies IDX files, pictures with 0.4 times the contrast."""

import gzip
import os
import sys

import numpy

source, target = sys.argv[1:]
os.makedirs(target)
for name in os.listdir(source):
    with gzip.open(os.path.join(source, name)) as file:
        content = file.read()
    if "images" in name:
        pixels = numpy.frombuffer(content, numpy.uint8, offset=16)
        grey = (pixels * 0.4 + 90).round().astype(numpy.uint8)
        content = content[:16] + grey.tobytes()
    with gzip.open(os.path.join(target, name), "wb") as file:
        file.write(content)
