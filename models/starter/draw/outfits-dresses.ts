/** @file Dresses of all kinds, and the kimono. On boys they are worn the same way. */

import { outline, shade, tint } from "./colour.ts";
import { bothSides, d, ellipse, line, shape } from "./pen.ts";
import { DARK, WHITE, band, bow, buttons, seam, skirt, torso } from "./outfit-parts.ts";
import type { OutfitDrawing, OutfitLook } from "./outfit-parts.ts";

export function dress({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  return {
    legs: { sock: { colour: WHITE, height: 0.24 }, shoe: { colour: second, kind: "shoe" } },
    lower: skirt(f, colour, { from: f.waistY, length: 0.5, flare: 1.72, frill: tint(colour, 0.55) }),
    torso:
      torso(f, colour, { neck: "round", hem: f.waistY + 2, hemX: f.waistX + 1 }) +
      band(f.waistY - 3, f.waistX + 2, 6 * s, second),
    sleeve: { colour, cut: "puff", cuff: tint(colour, 0.55) },
    collar:
      bothSides(
        shape(
          d`M0 ${f.shoulderY + 4}C${4 * s} ${f.shoulderY + 10 * s} ${12 * s} ${f.shoulderY + 8 * s} ${f.neckX + 8} ${f.shoulderY - 4}L${f.neckX + 4} ${f.shoulderY - 6}Q${f.neckX * 0.6} ${f.shoulderY + 4} 0 ${f.shoulderY + 4}Z`,
          WHITE,
          "#9a94ae",
          1.6,
        ),
      ) + bow(0, f.shoulderY + 6 * s, 5.5 * s, second),
  };
}

export function sundress({ frame: f, colour, second, skin }: OutfitLook): OutfitDrawing {
  const top = f.chestY - (f.proportion === "chibi" ? 9 : 16);
  const chest = d`M${-f.chestX} ${f.chestY}Q${-f.chestX * 0.8} ${top} ${-f.chestX * 0.5} ${top}Q0 ${top + 9} ${f.chestX * 0.5} ${top}Q${f.chestX * 0.8} ${top} ${f.chestX} ${f.chestY}Z`;
  const bare = torso(f, skin, { ease: -0.5, neck: "round", hem: f.waistY, hemX: f.waistX });
  const bodice = shape(
    d`M${-f.chestX - 0.5} ${f.chestY - 2}Q${-f.chestX * 0.8} ${top} ${-f.chestX * 0.5} ${top}Q0 ${top + 9} ${f.chestX * 0.5} ${top}Q${f.chestX * 0.8} ${top} ${f.chestX + 0.5} ${f.chestY - 2}Q${f.waistX} ${(f.chestY + f.waistY) / 2} ${f.waistX + 1} ${f.waistY + 3}L${-f.waistX - 1} ${f.waistY + 3}Q${-f.waistX} ${(f.chestY + f.waistY) / 2} ${-f.chestX - 0.5} ${f.chestY - 2}Z`,
    colour,
    outline(colour),
    2,
  );
  const straps = bothSides(
    line(d`M${f.chestX * 0.55} ${top + 2}L${f.shoulderX * 0.62} ${f.shoulderY - 2}`, outline(colour), 5) +
      line(d`M${f.chestX * 0.55} ${top + 2}L${f.shoulderX * 0.62} ${f.shoulderY - 2}`, colour, 2.8),
  );
  return {
    legs: { shoe: { colour: "#b98a5c", kind: "shoe" } },
    lower: skirt(f, colour, { from: f.waistY, length: 0.46, flare: 1.66 }),
    torso:
      bare +
      straps +
      bodice +
      shape(chest, shade(colour, 0.12)) +
      band(f.waistY - 2, f.waistX + 2, f.proportion === "chibi" ? 5 : 8, second),
    sleeve: { colour, cut: "strap" },
    collar: "",
  };
}

export function maid({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const hem = f.hipY + (f.soleY - f.hipY) * 0.42;
  const grey = "#a7a3bb";
  const apronX = f.hipX * 1.02;
  const apron =
    shape(
      d`M${-f.waistX * 0.7} ${f.waistY}Q${-apronX} ${f.hipY} ${-apronX} ${hem - 12 * s}Q0 ${hem + 2} ${apronX} ${hem - 12 * s}Q${apronX} ${f.hipY} ${f.waistX * 0.7} ${f.waistY}Z`,
      WHITE,
      grey,
      1.8,
    ) +
    shape(
      d`M${f.waistX * 0.3} ${f.waistY + 4}L${apronX * 0.4} ${hem - 7 * s}Q${apronX * 0.8} ${hem - 8 * s} ${apronX - 1} ${hem - 13 * s}Q${apronX} ${f.hipY} ${f.waistX * 0.6} ${f.waistY}Z`,
      "#dcd9ea",
    );
  const bib = shape(
    d`M${-f.chestX * 0.52} ${f.shoulderY + 10 * s}L${f.chestX * 0.52} ${f.shoulderY + 10 * s}L${f.waistX * 0.7} ${f.waistY + 1}L${-f.waistX * 0.7} ${f.waistY + 1}Z`,
    WHITE,
    grey,
    1.7,
  );
  const frill = (sign: number): string =>
    shape(
      d`M${sign * f.chestX * 0.5} ${f.shoulderY + 12 * s}Q${sign * (f.shoulderX + 5 * s)} ${f.shoulderY - 8 * s} ${sign * (f.shoulderX + 4)} ${f.shoulderY + 9 * s}Q${sign * f.chestX * 0.9} ${f.chestY} ${sign * f.waistX * 0.8} ${f.waistY - 4}Z`,
      WHITE,
      grey,
      1.7,
    );
  return {
    legs: { sock: { colour: WHITE, height: 0.82 }, shoe: { colour: "#3a323c", kind: "shoe" } },
    lower: skirt(f, colour, { from: f.waistY, length: 0.42, flare: 1.75, frill: WHITE }) + apron,
    torso:
      torso(f, colour, { neck: "high", hem: f.waistY + 2, hemX: f.waistX + 1 }) +
      bib +
      band(f.waistY - 3, f.waistX + 1.5, 5.5 * s, WHITE),
    sleeve: { colour, cut: "puff", cuff: WHITE },
    collar: frill(1) + frill(-1) + bow(0, f.shoulderY + 3 * s, 7 * s, second, true),
  };
}

export function chinaDress({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const y = f.shoulderY;
  const hem = f.hipY + (f.soleY - f.hipY) * 0.58;
  const panel = d`M${-f.hipX - 1} ${f.hipY}L${-f.hipX * 0.8} ${hem}Q0 ${hem + 6} ${f.hipX * 0.8} ${hem}L${f.hipX + 1} ${f.hipY}Z`;
  return {
    legs: { shoe: { colour: second, kind: "shoe" } },
    lower:
      shape(panel, colour, outline(colour), 2) +
      shape(
        d`M${f.hipX * 0.2} ${f.hipY}L${f.hipX * 0.35} ${hem + 3}L${f.hipX * 0.8} ${hem}L${f.hipX} ${f.hipY}Z`,
        shade(colour, 0.2),
      ) +
      line(d`M${-f.hipX * 0.78} ${hem - 5 * s}Q0 ${hem + 6 - 5 * s} ${f.hipX * 0.78} ${hem - 5 * s}`, second, 2.2 * s),
    torso:
      torso(f, colour, { neck: "high", hem: f.hipY + 4 }) +
      line(
        d`M${-f.neckX + 4} ${y}Q${f.chestX * 0.3} ${y + 12 * s} ${f.chestX * 0.9} ${f.chestY - 2}`,
        second,
        2.2 * s,
      ) +
      [0.25, 0.7]
        .map((share) =>
          ellipse(f.chestX * share * 0.8 + 2, y + 6 * s + share * 11 * s, 2.1 * s, 2.1 * s, second, outline(second), 1),
        )
        .join("") +
      ellipse(-f.waistX * 0.4, f.waistY + 4 * s, 4.4 * s, 4.4 * s, second) +
      ellipse(-f.waistX * 0.4, f.waistY + 4 * s, 2 * s, 2 * s, colour),
    sleeve: { colour, cut: "short", cuff: second },
    collar:
      shape(
        d`M${-f.neckX - 3} ${y}L${-f.neckX - 1} ${y - 10 * s}Q0 ${y - 6 * s} ${f.neckX + 1} ${y - 10 * s}L${f.neckX + 3} ${y}Q0 ${y + 5} ${-f.neckX - 3} ${y}Z`,
        colour,
        outline(colour),
        1.8,
      ) + line(d`M${-f.neckX - 1} ${y - 9 * s}Q0 ${y - 5 * s} ${f.neckX + 1} ${y - 9 * s}`, second, 1.6 * s),
  };
}

export function lolita({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const lace = tint(second, 0.25);
  return {
    legs: { sock: { colour: second, height: 0.45 }, shoe: { colour: DARK, kind: "shoe" } },
    lower: skirt(f, colour, { from: f.waistY, length: 0.3, flare: 2, frill: lace, pleats: 5 }),
    torso:
      torso(f, colour, { neck: "high", hem: f.waistY + 2, hemX: f.waistX }) +
      shape(
        d`M${-f.waistX * 0.5} ${f.shoulderY + 6}L${f.waistX * 0.5} ${f.shoulderY + 6}L${f.waistX * 0.42} ${f.waistY}L${-f.waistX * 0.42} ${f.waistY}Z`,
        lace,
        outline(lace),
        1.4,
      ) +
      line(
        d`M${-f.waistX * 0.36} ${f.chestY}L${f.waistX * 0.36} ${f.chestY + 6 * s}M${f.waistX * 0.36} ${f.chestY}L${-f.waistX * 0.36} ${f.chestY + 6 * s}`,
        seam(lace),
        1.3,
      ),
    sleeve: { colour, cut: "puff", cuff: lace },
    collar:
      bow(0, f.shoulderY + 4 * s, 9 * s, second, true) + bothSides(bow(f.hipX * 1.1, f.hipY + 9 * s, 5 * s, second)),
  };
}

export function kimono({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const y = f.shoulderY;
  const end = f.soleY - 10 * s;
  const ink = outline(colour);
  const sash = f.waistY - 6 * s;
  const robe = d`M${-f.waistX - 2} ${f.waistY}Q${-f.hipX - 4} ${f.hipY} ${-f.hipX - 5} ${end}Q0 ${end + 6} ${f.hipX + 5} ${end}Q${f.hipX + 4} ${f.hipY} ${f.waistX + 2} ${f.waistY}Z`;
  const flower = (x: number, at: number, size: number): string =>
    [0, 1, 2, 3, 4]
      .map((petal) =>
        ellipse(
          x + Math.sin(petal * 1.257) * size,
          at - Math.cos(petal * 1.257) * size,
          size * 0.72,
          size * 0.72,
          tint(second, 0.45),
        ),
      )
      .join("") + ellipse(x, at, size * 0.5, size * 0.5, "#f7dd7a");
  const lapel = (sign: number, colourOf: string): string =>
    shape(
      d`M${sign * (f.neckX + 4)} ${y - 7}L${sign * (f.neckX + 10 * s)} ${y - 4}L${-sign * 6 * s} ${sash}L${-sign * 12 * s} ${sash}Z`,
      colourOf,
      ink,
      1.6,
    );
  const long = f.crotchY + (end - f.crotchY) * 0.5;
  return {
    legs: { sock: { colour: WHITE, height: 0.2 }, shoe: { colour: "#8a5a3a", kind: "shoe" } },
    lower:
      shape(robe, colour, ink, 2.2) +
      shape(
        d`M${4 * s} ${f.waistY}L${8 * s} ${end + 4}L${f.hipX + 5} ${end}L${f.waistX + 2} ${f.waistY}Z`,
        shade(colour, 0.2),
      ) +
      line(d`M${3 * s} ${f.hipY - 4}Q${5 * s} ${long} ${9 * s} ${end + 3}`, ink, 1.6) +
      flower(-f.hipX * 0.55, long, 4.6 * s) +
      flower(f.hipX * 0.6, end - 14 * s, 5.2 * s) +
      flower(-f.hipX * 0.25, end - 9 * s, 3.8 * s) +
      flower(f.hipX * 0.45, f.hipY + 8 * s, 3.4 * s),
    torso: torso(f, colour, { ease: 2, neck: "deep", hem: f.waistY + 2, hemX: f.waistX + 1 }),
    sleeve: { colour, cut: "wide", cuff: tint(second, 0.35) },
    collar:
      lapel(1, WHITE) +
      lapel(-1, tint(colour, 0.55)) +
      band(sash, f.waistX + 4, (f.hipY - f.waistY) * 0.5 + 6 * s, second) +
      line(
        d`M${-f.waistX - 3} ${f.waistY + 2 * s}Q0 ${f.waistY + 2 * s + 4} ${f.waistX + 3} ${f.waistY + 2 * s}`,
        "#f6ecd0",
        2.2 * s,
      ),
  };
}

export function apronDress({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  return {
    legs: { sock: { colour: WHITE, height: 0.4 }, shoe: { colour: "#7a4b35", kind: "shoe" } },
    lower: skirt(f, colour, { from: f.waistY, length: 0.44, flare: 1.6 }),
    torso:
      torso(f, WHITE, { ease: 2, neck: "round", hem: f.waistY + 4, hemX: f.waistX + 2 }) +
      shape(
        d`M${-f.waistX - 1} ${f.waistY + 4}L${-f.chestX * 0.6} ${f.chestY}L${f.chestX * 0.6} ${f.chestY}L${f.waistX + 1} ${f.waistY + 4}Z`,
        colour,
        outline(colour),
        1.8,
      ) +
      bothSides(
        line(d`M${f.chestX * 0.55} ${f.chestY}L${f.shoulderX * 0.66} ${f.shoulderY - 2}`, outline(colour), 7 * s) +
          line(d`M${f.chestX * 0.55} ${f.chestY}L${f.shoulderX * 0.66} ${f.shoulderY - 2}`, colour, 7 * s - 3),
      ) +
      buttons(0, f.chestY + 6 * s, f.waistY - 1, 2, "#f2cf62", 1.7 * s),
    sleeve: { colour: WHITE, cut: "puff", cuff: second },
    collar: bow(0, f.shoulderY + 5 * s, 6.5 * s, second),
  };
}
