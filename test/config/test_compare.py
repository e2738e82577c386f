# SPDX-License-Identifier: Apache-2.0
"""The pictures of test/compare: well-formed, with the numbers of RESULTS.md, and drift-check says otherwise."""

import os
import re
import shutil
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path[:0] = ["test/compare", "test/tools"]
import bars  # noqa: E402
import pictures  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"


def texts(path, kind):
    root = xml.etree.ElementTree.parse(path).getroot()
    return [element.text for element in root.iter(SVG + "text") if element.get("class") == kind]


class Pictures(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.relpath(folder.name)
        for name in (pictures.RESULTS, *pictures.PICTURES):
            shutil.copy(os.path.join(pictures.HERE, name), self.folder)

    def results(self):
        return bars.read(os.path.join(self.folder, pictures.RESULTS))

    def write_results(self, text):
        with open(os.path.join(self.folder, pictures.RESULTS), "w", encoding="utf-8") as file:
            file.write(text)

    def test_each_shows_the_numbers_of_its_table(self):
        for name, (heading, columns, _, _) in pictures.PICTURES.items():
            with self.subTest(name):
                path = os.path.join(self.folder, name)
                section = self.results().split(f"\n## {heading}\n")[1].split("\n## ")[0]
                rows = [[cell.strip() for cell in line.split("|")[1:-1]]
                        for line in re.findall(r"^\| [^|].*\|$", section, re.M)][1:]
                self.assertGreater(len(rows), 4)
                self.assertEqual(texts(path, "name"), [row[0] for row in rows])
                self.assertEqual(texts(path, "value"), [row[column] for row in rows for column in columns])

    def test_nothing_stands_out_of_the_picture(self):
        for name in pictures.PICTURES:
            root = xml.etree.ElementTree.parse(os.path.join(self.folder, name)).getroot()
            width, height = float(root.get("width")), float(root.get("height"))
            for bar in root.iter(SVG + "rect"):
                self.assertLessEqual(float(bar.get("x", 0)) + float(bar.get("width")), width)
                self.assertLessEqual(float(bar.get("y", 0)) + float(bar.get("height")), height)

    def test_drift(self):
        self.assertEqual(pictures.drift(self.folder), [])
        good = self.results()
        for name, (heading, columns, _, _) in pictures.PICTURES.items():
            cell = bars.table(good, heading)[2][columns[0]]
            head, tail = good.split(f"\n## {heading}\n")
            self.write_results(f"{head}\n## {heading}\n" + tail.replace(f" {cell} |", " 77.7 |", 1))
            self.assertEqual(len(pictures.drift(self.folder)), 1)
            self.assertIn(name, pictures.drift(self.folder)[0])
        self.write_results(good.replace("## CPU", "## Speed"))
        self.assertIn("no table below 'CPU'", pictures.drift(self.folder)[0])
        self.write_results(good)
        os.remove(os.path.join(self.folder, "size.svg"))
        self.assertEqual(len(pictures.drift(self.folder)), 1)

    def test_bars_far_longer_than_the_rest_are_cut(self):
        self.assertEqual(bars.scale_of([1, 1.4, 4, 2.5, 150]), 4)
        self.assertEqual(bars.scale_of([1, 1.4, 4, 2.5]), 4)


if __name__ == "__main__":
    unittest.main()
