/** @file Things that hands hold. */

import { outline, shade, tint } from "./colour.ts";
import type { Colour } from "./colour.ts";
import type { Frame } from "./frame.ts";
import { around, d, ellipse, line, placed, shape, taper } from "./pen.ts";
import type { Point } from "./pen.ts";
import type { Pose } from "./poses.ts";

/** The prop of a pose: `under` the hands and `over` everything of the body. */
export function drawProp(
  prop: Pose["prop"],
  wrist: Point,
  frame: Frame,
  colour: Colour,
): { readonly under: string; readonly over: string } {
  const s = frame.proportion === "chibi" ? 1 : 1.5;
  const [x, y] = wrist;
  switch (prop) {
    case undefined:
      return { under: "", over: "" };
    case "book": {
      const [top, w, h] = [y - 18 * s, 26 * s, 27 * s];
      const cover = d`M${-w} ${top}Q${-w * 0.4} ${top - 5} 0 ${top + 4}Q${w * 0.4} ${top - 5} ${w} ${top}L${w} ${top + h}Q${w * 0.4} ${top + h - 5} 0 ${top + h + 4}Q${-w * 0.4} ${top + h - 5} ${-w} ${top + h}Z`;
      return {
        under:
          shape(
            d`M${-w + 2} ${top - 3}Q${-w * 0.4} ${top - 9} 0 ${top}Q${w * 0.4} ${top - 9} ${w - 2} ${top - 3}L${w - 2} ${top + 4}L${-w + 2} ${top + 4}Z`,
            "#fffaf0",
            "#8a7f70",
            1.6,
          ) +
          shape(cover, colour, outline(colour), 2.1) +
          shape(
            d`M0 ${top + 4}Q${w * 0.4} ${top - 5} ${w} ${top}L${w} ${top + h}Q${w * 0.4} ${top + h - 5} 0 ${top + h + 4}Z`,
            shade(colour, 0.16),
          ) +
          line(d`M0 ${top + 4}L0 ${top + h + 4}`, outline(colour), 1.6) +
          line(
            d`M${-w * 0.75} ${top + 8 * s}Q${-w * 0.45} ${top + 5 * s} ${-w * 0.25} ${top + 8 * s}`,
            tint(colour, 0.6),
            1.8,
          ),
        over: "",
      };
    }
    case "flower": {
      const head: Point = [x - 3 * s, y - 30 * s];
      const petal = "#ff9ec8";
      return {
        under:
          line(d`M${x} ${y + 12 * s}Q${x + 1} ${y - 10 * s} ${head[0]} ${head[1]}`, "#3f8f4c", 2.6 * s) +
          shape(
            d`M${x} ${y - 7 * s}Q${x + 10 * s} ${y - 20 * s} ${x + 13 * s} ${y - 12 * s}Q${x + 9 * s} ${y - 4 * s} ${x} ${y - 7 * s}Z`,
            "#58ad62",
            "#2f6b3b",
            1.3,
          ) +
          placed(
            around(6, ellipse(0, -7 * s, 4.3 * s, 5.6 * s, petal, "#cf5b92", 1.2)) +
              ellipse(0, 0, 4 * s, 4 * s, "#f8dc6d", "#b98f2a", 1.2),
            head[0],
            head[1],
          ),
        over: "",
      };
    }
    case "cup": {
      const [top, w] = [y - 10 * s, 9.5 * s];
      return {
        under:
          line(
            d`M${-3 * s} ${top - 6 * s}q${-3 * s} ${-5 * s} 0 ${-9 * s}M${4 * s} ${top - 6 * s}q${3 * s} ${-5 * s} 0 ${-9 * s}`,
            "#ffffff",
            1.8,
            0.85,
          ) +
          shape(
            d`M${-w} ${top}L${w} ${top}L${w * 0.8} ${top + 18 * s}L${-w * 0.8} ${top + 18 * s}Z`,
            colour,
            outline(colour),
            2,
          ) +
          ellipse(0, top, w, 3 * s, tint(colour, 0.4), outline(colour), 1.6) +
          ellipse(0, top + 0.4, w * 0.75, 1.9 * s, "#7a4a2e") +
          shape(
            d`M${w * 0.3} ${top + 3}L${w * 0.95} ${top + 3}L${w * 0.8} ${top + 17 * s}L${w * 0.25} ${top + 17 * s}Z`,
            shade(colour, 0.2),
          ),
        over: "",
      };
    }
    case "balloon": {
      const [bx, by, r] = [x + 4 * s, y - 74, 22 * (s > 1 ? 1.2 : 1)];
      return {
        under: "",
        over:
          line(d`M${x} ${y + 2}Q${x + 6} ${y - 26} ${bx} ${by + r * 1.1}`, "#8a8594", 1.5) +
          shape(
            d`M${bx} ${by + r * 1.05}L${bx - 4} ${by + r * 1.05 + 6}L${bx + 4} ${by + r * 1.05 + 6}Z`,
            colour,
            outline(colour),
            1.6,
          ) +
          ellipse(bx, by, r * 0.92, r * 1.08, colour, outline(colour), 2.2) +
          taper(
            [bx + r * 0.6, by - r * 0.5],
            [bx + r * 0.86, by + r * 0.2],
            [bx + r * 0.15, by + r * 0.9],
            shade(colour, 0.22),
            r * 0.14,
          ) +
          ellipse(bx - r * 0.34, by - r * 0.46, r * 0.16, r * 0.24, tint(colour, 0.8)),
      };
    }
  }
}
