/** @file Everyday clothes and costumes: hoodie, shirt, jacket, coat, overalls, armour, cape. */

import { outline, shade, tint } from "./colour.ts";
import { bothSides, d, ellipse, line, mirrored, shape, sparkle, taper } from "./pen.ts";
import { DARK, METAL, WHITE, band, buttons, seam, shirtCollar, skirt, torso, trousers } from "./outfit-parts.ts";
import type { OutfitDrawing, OutfitLook } from "./outfit-parts.ts";

const SNEAKER = { colour: "#f3f1f6", kind: "shoe" } as const;

export function hoodie({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const y = f.shoulderY;
  const ink = outline(colour);
  const hood =
    shape(
      d`M${-f.neckX - 8 * s} ${y - 2}C${-f.neckX - 12 * s} ${y - 16 * s} ${-f.neckX} ${y - 14 * s} 0 ${y - 6 * s}C${f.neckX} ${y - 14 * s} ${f.neckX + 12 * s} ${y - 16 * s} ${f.neckX + 8 * s} ${y - 2}Q${8 * s} ${y + 14 * s} 0 ${y + 15 * s}Q${-8 * s} ${y + 14 * s} ${-f.neckX - 8 * s} ${y - 2}Z`,
      shade(colour, 0.12),
      ink,
      2,
    ) +
    shape(
      d`M${-f.neckX} ${y - 4}Q0 ${y + 2} ${f.neckX} ${y - 4}Q${4 * s} ${y + 10 * s} 0 ${y + 11 * s}Q${-4 * s} ${y + 10 * s} ${-f.neckX} ${y - 4}Z`,
      shade(colour, 0.4),
    );
  const pocket = shape(
    d`M${-f.waistX * 0.75} ${f.waistY - 1}L${f.waistX * 0.75} ${f.waistY - 1}L${f.waistX * 0.95} ${f.hipY - 5}L${-f.waistX * 0.95} ${f.hipY - 5}Z`,
    shade(colour, 0.1),
    ink,
    1.7,
  );
  return {
    legs: { shoe: SNEAKER },
    lower: trousers(f, second),
    torso:
      torso(f, colour, { ease: 4.5, neck: "high", hem: f.hipY }) +
      pocket +
      band(f.hipY - 3 * s, f.hipX + 3, 5 * s, shade(colour, 0.18)),
    sleeve: { colour, cut: "loose", cuff: shade(colour, 0.2) },
    collar: hood + bothSides(line(d`M${5 * s} ${y + 13 * s}L${5.6 * s} ${y + 24 * s}`, WHITE, 1.9 * s)),
  };
}

export function tShirt({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  return {
    legs: { sock: { colour: WHITE, height: 0.18 }, shoe: SNEAKER },
    lower: trousers(f, second, { length: 0.3, ease: 3 }),
    torso: torso(f, colour, { ease: 2.5, hem: f.hipY - 2 }) + sparkle(0, f.chestY + 8 * s, 8 * s, tint(second, 0.2)),
    sleeve: { colour, cut: "short" },
    collar: line(
      d`M${-f.neckX - 3} ${f.shoulderY - 5}Q0 ${f.shoulderY + 13} ${f.neckX + 3} ${f.shoulderY - 5}`,
      seam(colour),
      2,
    ),
  };
}

export function shirt({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  return {
    legs: { sock: { colour: DARK, height: f.isBoy ? 0 : 0.82 }, shoe: { colour: "#6b4230", kind: "shoe" } },
    lower: f.isBoy ? trousers(f, second) : skirt(f, second, { length: 0.26, flare: 1.42 }),
    torso:
      torso(f, colour, { ease: 1.5, hem: f.hipY - (f.hipY - f.waistY) * 0.3, hemX: f.hipX * 0.92 }) +
      line(d`M0 ${f.shoulderY + 6}L0 ${f.hipY - 6}`, seam(colour), 1.5) +
      buttons(0, f.shoulderY + 14 * s, f.waistY + 4, 3, seam(colour), 1.2 * s) +
      band(f.hipY - (f.hipY - f.waistY) * 0.42, f.waistX + (f.hipX - f.waistX) * 0.7, 4 * s, "#6b4a35"),
    sleeve: { colour, cut: "long", cuff: shade(colour, 0.16) },
    collar: shirtCollar(f, colour),
  };
}

export function jacket({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const y = f.shoulderY;
  const ink = outline(colour);
  const hem = f.hipY - (f.hipY - f.waistY) * 0.15;
  const half = shape(
    d`M${f.neckX + 3} ${y - 7}C${f.shoulderX * 0.7} ${y - 5} ${f.shoulderX + 1} ${y - 3} ${f.shoulderX + 1} ${y + 10}L${f.chestX + 3} ${f.chestY}Q${f.waistX + 4} ${f.waistY} ${f.hipX + 3} ${hem}L${f.waistX * 0.5} ${hem + 4}Q${f.waistX * 0.34} ${f.chestY} ${f.neckX + 3} ${y - 7}Z`,
    colour,
    ink,
    2.1,
  );
  const lapel = shape(
    d`M${f.neckX + 3} ${y - 7}L${f.neckX + 14 * s} ${y + 3 * s}L${f.neckX + 9 * s} ${y + 13 * s}L${f.neckX + 2} ${y + 16 * s}Z`,
    shade(colour, 0.16),
    ink,
    1.7,
  );
  const inner = second === "#f6f5fa" ? DARK : WHITE;
  const sideShadow = shape(
    d`M${f.chestX + 2} ${f.chestY}Q${f.waistX + 3} ${f.waistY} ${f.hipX + 2} ${hem}L${f.hipX - 8 * s} ${hem + 2}Q${f.waistX - 5 * s} ${f.waistY} ${f.chestX - 5 * s} ${f.chestY + 4}Z`,
    shade(colour, 0.2),
  );
  return {
    legs: { shoe: { colour: "#4a3b38", kind: "boot" } },
    lower: trousers(f, second),
    torso:
      torso(f, inner, { ease: 1, neck: "round" }) +
      half +
      sideShadow +
      mirrored(half) +
      taper([f.chestX - 3, f.waistY - 2], [f.waistX, f.waistY + 1], [f.waistX * 0.62, f.waistY - 1], seam(colour), 1),
    sleeve: { colour, cut: "long", cuff: shade(colour, 0.25) },
    collar: bothSides(lapel),
  };
}

export function coat({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const y = f.shoulderY;
  const ink = outline(colour);
  const collar = shape(
    d`M0 ${y + 13 * s}L${f.neckX + 13 * s} ${y + 5 * s}L${f.neckX + 6 * s} ${y - 9}Q${f.neckX} ${y + 2} 0 ${y + 6}Z`,
    shade(colour, 0.15),
    ink,
    1.8,
  );
  return {
    legs: { sock: { colour: DARK, height: 0.8 }, shoe: { colour: second, kind: "boot" } },
    lower:
      skirt(f, colour, { from: f.waistY, length: 0.42, flare: 1.4 }) +
      line(d`M0 ${f.waistY}L0 ${f.hipY + (f.soleY - f.hipY) * 0.42 + 6}`, ink, 1.7),
    torso:
      torso(f, colour, { ease: 3, neck: "high", hem: f.waistY + 4, hemX: f.waistX + 3 }) +
      line(d`M0 ${y + 8}L0 ${f.waistY}`, ink, 1.7) +
      buttons(5 * s, f.chestY, f.waistY + 12 * s, 3, "#f0d27a", 1.8 * s) +
      buttons(-5 * s, f.chestY, f.waistY + 12 * s, 3, "#f0d27a", 1.8 * s),
    sleeve: { colour, cut: "loose", cuff: shade(colour, 0.2) },
    collar: band(f.waistY - 3, f.waistX + 5, 5 * s, second) + bothSides(collar),
  };
}

export function overalls({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const y = f.shoulderY;
  const ink = outline(colour);
  const strap =
    line(d`M${f.chestX * 0.58} ${f.chestY + 2}L${f.shoulderX * 0.64} ${y - 3}`, ink, 7.5 * s) +
    line(d`M${f.chestX * 0.58} ${f.chestY + 2}L${f.shoulderX * 0.64} ${y - 3}`, colour, 7.5 * s - 3.2) +
    ellipse(f.chestX * 0.57, f.chestY + 4 * s, 2.4 * s, 2.4 * s, "#f4d469", "#98731f", 1.1);
  return {
    legs: { shoe: SNEAKER },
    lower: "",
    torso:
      torso(f, second, { ease: 1.5, hem: f.hipY }) +
      trousers(f, colour, { ease: 3.5, from: f.waistY + 2 }) +
      shape(
        d`M${-f.waistX - 3} ${f.waistY + 4}L${-f.chestX * 0.72} ${f.chestY}L${f.chestX * 0.72} ${f.chestY}L${f.waistX + 3} ${f.waistY + 4}Z`,
        colour,
        ink,
        2,
      ) +
      shape(
        d`M${-6 * s} ${f.chestY + 6 * s}L${6 * s} ${f.chestY + 6 * s}L${5 * s} ${f.chestY + 13 * s}L${-5 * s} ${f.chestY + 13 * s}Z`,
        shade(colour, 0.14),
        ink,
        1.4,
      ),
    sleeve: { colour: second, cut: "long" },
    collar: bothSides(strap),
  };
}

export function armor({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const y = f.shoulderY;
  const plate = tint(colour, 0.12);
  const ink = outline(colour);
  const pad =
    shape(
      d`M${f.shoulderX - 12 * s} ${y - 7}C${f.shoulderX} ${y - 13 * s} ${f.shoulderX + 14 * s} ${y - 6 * s} ${f.shoulderX + 12 * s} ${y + 15 * s}Q${f.shoulderX} ${y + 7 * s} ${f.shoulderX - 10 * s} ${y + 11 * s}Z`,
      plate,
      ink,
      2,
    ) +
    line(
      d`M${f.shoulderX - 9 * s} ${y + 5 * s}Q${f.shoulderX + 2} ${y} ${f.shoulderX + 10 * s} ${y + 8 * s}`,
      METAL,
      2 * s,
    );
  const chest =
    shape(
      d`M${-f.chestX * 0.9} ${y + 6}Q0 ${y + 14} ${f.chestX * 0.9} ${y + 6}L${f.chestX * 0.96} ${f.chestY + 2}Q${f.waistX * 0.8} ${f.waistY} 0 ${f.waistY + 4}Q${-f.waistX * 0.8} ${f.waistY} ${-f.chestX * 0.96} ${f.chestY + 2}Z`,
      plate,
      ink,
      2,
    ) +
    line(d`M0 ${y + 12}L0 ${f.waistY + 2}`, ink, 1.5) +
    taper(
      [-f.chestX * 0.75, y + 14],
      [-f.chestX * 0.6, f.chestY],
      [-f.chestX * 0.5, f.waistY - 6],
      tint(colour, 0.6),
      2 * s,
    ) +
    line(d`M${-f.chestX * 0.9} ${y + 6}Q0 ${y + 14} ${f.chestX * 0.9} ${y + 6}`, METAL, 2.2 * s);
  const tasset =
    shape(
      d`M${f.waistX * 0.2} ${f.waistY + 6}L${f.waistX + 4} ${f.waistY + 4}L${f.hipX + 9 * s} ${f.hipY + 14 * s}L${f.hipX * 0.5} ${f.hipY + 17 * s}Z`,
      plate,
      ink,
      2,
    ) + line(d`M${f.hipX * 0.5} ${f.hipY + 17 * s}L${f.hipX + 9 * s} ${f.hipY + 14 * s}`, METAL, 2 * s);
  return {
    legs: { sock: { colour: DARK, height: 0.9 }, shoe: { colour, kind: "boot" } },
    lower: skirt(f, second, { length: 0.26, flare: 1.36 }),
    torso: torso(f, DARK, { ease: 0.5, neck: "high" }) + bothSides(tasset) + chest,
    sleeve: { colour: METAL, cut: "long", cuff: colour },
    collar: bothSides(pad),
  };
}

export function cape({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const y = f.shoulderY;
  const ink = outline(colour);
  const end = f.crotchY + (f.ankleY - f.crotchY) * 0.55;
  const spread = f.hipX * 1.75;
  const half =
    shape(
      d`M4 ${y - 2}C${f.shoulderX * 0.7} ${y - 9} ${f.shoulderX + 9 * s} ${y - 4} ${f.shoulderX + 11 * s} ${y + 20 * s}L${f.shoulderX + 13 * s} ${f.waistY}Q${f.shoulderX * 0.9} ${f.waistY + 8 * s} ${f.shoulderX * 0.5} ${f.waistY + 4 * s}Q${f.shoulderX * 0.42} ${f.chestY} 4 ${y - 2}Z`,
      colour,
      ink,
      2.1,
    ) +
    shape(
      d`M${f.shoulderX * 0.9} ${y + 12}L${f.shoulderX * 0.82} ${f.waistY + 7 * s}Q${f.shoulderX * 1.1} ${f.waistY + 4 * s} ${f.shoulderX + 12 * s} ${f.waistY}L${f.shoulderX + 8 * s} ${y + 20 * s}Z`,
      shade(colour, 0.2),
    );
  return {
    legs: { sock: { colour: DARK, height: 0.5 }, shoe: { colour: "#6b4230", kind: "boot" } },
    behind: shape(
      d`M${-f.shoulderX} ${y}L${-spread} ${end}Q${-spread * 0.5} ${end + 8} 0 ${end + 2}Q${spread * 0.5} ${end + 8} ${spread} ${end}L${f.shoulderX} ${y}Z`,
      shade(colour, 0.3),
      ink,
      2.2,
    ),
    lower: f.isBoy ? trousers(f, second) : skirt(f, second, { length: 0.24, flare: 1.36 }),
    torso: torso(f, second, { neck: "high" }) + band(f.waistY + 2, f.waistX + 4, 4.5 * s, "#6b4a35"),
    sleeve: { colour: second, cut: "long" },
    collar:
      bothSides(half) +
      shape(
        d`M${-f.neckX - 7} ${y - 1}Q0 ${y - 14 * s} ${f.neckX + 7} ${y - 1}Q0 ${y + 7 * s} ${-f.neckX - 7} ${y - 1}Z`,
        shade(colour, 0.14),
        ink,
        1.8,
      ) +
      ellipse(0, y + 4 * s, 4 * s, 4 * s, "#f4d469", "#98731f", 1.4),
  };
}
