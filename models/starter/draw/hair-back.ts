/** @file Hair behind the head and body, and tails and braids that fall over the shoulder. */

import { outline } from "./colour.ts";
import { hang } from "./hair-tones.ts";
import type { HairLook, HairTones } from "./hair-tones.ts";
import { bothSides, d, ellipse, line, mirrored, shape, taper } from "./pen.ts";

/** The skull's outline from the left ear over the top to the right ear. */
const CAP = "M-59 6C-70 -88 70 -88 59 6";

function mass(path: string, tones: HairTones, strands = ""): string {
  return shape(path, tones.shade, tones.line, 2.4) + strands;
}

function nape(tones: HairTones): string {
  return mass(`${CAP}C60 28 50 44 34 48L-34 48C-50 44 -60 28 -59 6Z`, tones);
}

/** Drawn before the body. */
export function drawHairBehind(look: HairLook): string {
  const { tones } = look;
  const y = (value: number): number => hang(look, value);
  const strand = (x: number, from: number, to: number, bend = 0): string =>
    taper([x, from], [x + bend, (from + y(to)) / 2], [x + bend * 0.6, y(to)], tones.deep, 1.6);
  switch (look.style) {
    case "short_hair":
      return mass(
        `${CAP}C61 24 56 38 44 46L36 40L28 50L12 44L0 51L-12 44L-28 50L-36 40L-44 46C-56 38 -61 24 -59 6Z`,
        tones,
      );
    case "bob_cut":
      return mass(
        d`${CAP}C66 30 66 50 56 62C44 70 20 67 0 66C-20 67 -44 70 -56 62C-66 50 -66 30 -59 6Z`,
        tones,
        strand(-48, 20, 58, -3) + strand(48, 20, 58, 3),
      );
    case "medium_hair":
      return mass(
        d`${CAP}C66 34 66 60 58 ${y(84)}L48 ${y(76)}L38 ${y(88)}L20 ${y(80)}L0 ${y(88)}L-20 ${y(80)}L-38 ${y(88)}L-48 ${y(76)}L-58 ${y(84)}C-66 60 -66 34 -59 6Z`,
        tones,
        strand(-50, 24, 74, -3) + strand(50, 24, 74, 3),
      );
    case "long_hair":
      return mass(
        d`${CAP}C68 50 70 ${y(96)} 60 ${y(136)}Q52 ${y(130)} 44 ${y(139)}Q32 ${y(128)} 20 ${y(138)}Q8 ${y(128)} -4 ${y(139)}Q-18 ${y(128)} -28 ${y(138)}Q-40 ${y(128)} -48 ${y(138)}Q-56 ${y(130)} -62 ${y(134)}C-70 ${y(96)} -68 50 -59 6Z`,
        tones,
        strand(-52, 30, 124, -6) + strand(52, 30, 124, 6) + strand(-36, 60, 126, -3) + strand(36, 60, 126, 3),
      );
    case "very_long_hair":
      return mass(
        d`${CAP}C74 56 90 ${y(128)} 82 ${y(188)}Q70 ${y(178)} 62 ${y(194)}Q46 ${y(180)} 30 ${y(193)}Q14 ${y(180)} 0 ${y(194)}Q-16 ${y(180)} -32 ${y(193)}Q-46 ${y(180)} -60 ${y(195)}Q-70 ${y(178)} -84 ${y(186)}C-90 ${y(128)} -74 56 -59 6Z`,
        tones,
        strand(-56, 40, 170, -16) + strand(56, 40, 170, 16) + strand(-40, 70, 176, -8) + strand(40, 70, 176, 8),
      );
    case "wavy_hair":
      return mass(
        d`${CAP}C74 22 60 38 72 ${y(58)}C84 ${y(76)} 66 ${y(90)} 76 ${y(108)}C82 ${y(122)} 68 ${y(130)} 56 ${y(124)}C52 ${y(136)} 36 ${y(138)} 28 ${y(126)}C20 ${y(138)} 0 ${y(138)} -6 ${y(126)}C-14 ${y(138)} -34 ${y(138)} -38 ${y(125)}C-50 ${y(136)} -70 ${y(130)} -76 ${y(112)}C-66 ${y(92)} -84 ${y(78)} -72 ${y(58)}C-60 38 -74 22 -59 6Z`,
        tones,
        line(
          d`M-60 28Q-70 ${y(48)} -60 ${y(64)}T-62 ${y(100)}M60 28Q70 ${y(48)} 60 ${y(64)}T62 ${y(100)}`,
          tones.deep,
          1.8,
        ),
      );
    case "hime_cut":
      return mass(
        d`${CAP}L63 ${y(140)}Q0 ${y(146)} -63 ${y(140)}L-59 6Z`,
        tones,
        strand(-50, 40, 134) + strand(50, 40, 134) + strand(-32, 70, 136) + strand(32, 70, 136),
      );
    case "messy_hair":
      return mass(
        "M-58 14C-66 12 -72 6 -76 -4C-70 -4 -66 -8 -64 -12C-70 -18 -74 -26 -72 -38C-66 -32 -60 -34 -56 -38C-58 -48 -54 -58 -46 -66C-44 -58 -38 -56 -32 -58C-26 -68 -16 -74 -4 -76C-6 -70 0 -66 8 -66C16 -70 30 -72 38 -68C34 -64 38 -58 42 -54C52 -56 62 -52 68 -44C60 -44 58 -36 62 -30C70 -26 76 -18 78 -8C72 -12 66 -8 64 -2C70 6 72 14 70 26C64 20 58 24 58 30C60 38 58 46 54 52C48 46 44 44 36 48L-36 48C-44 44 -48 46 -56 54C-58 46 -58 38 -60 30C-64 26 -70 28 -74 32C-72 24 -66 20 -58 14Z",
        tones,
      );
    case "spiked_hair":
      return mass(
        "M-58 20L-74 22L-64 4L-82 -8L-64 -18L-76 -40L-56 -40L-56 -64L-36 -56L-26 -84L-6 -66L12 -88L24 -64L46 -76L46 -54L68 -56L62 -34L82 -26L66 -12L80 4L63 8L70 26L54 26L48 46L-48 46L-54 30Z",
        tones,
      );
    case "twintails": {
      const tail = mass(
        d`M50 -40C84 -58 116 -6 110 ${y(58)}C108 ${y(92)} 98 ${y(118)} 84 ${y(132)}C87 ${y(118)} 84 ${y(108)} 78 ${y(100)}C76 ${y(112)} 72 ${y(118)} 66 ${y(122)}C70 ${y(100)} 62 ${y(74)} 62 38C60 6 56 -12 46 -26Z`,
        { ...tones, shade: tones.base },
        taper([66, -24], [94, 10], [88, y(104)], tones.shade, 4) +
          taper([62, -20], [78, 20], [74, y(86)], tones.deep, 1.6) +
          taper([84, -22], [102, 8], [101, y(52)], tones.light, 2.4),
      );
      return bothSides(tail + tie(53, -34, look)) + nape(tones);
    }
    case "low_twintails":
      return nape(tones);
    case "twin_drills":
      return nape(tones);
    case "twin_braids":
    case "single_braid":
    case "low_ponytail":
      return nape(tones);
    case "ponytail": {
      const tail = mass(
        d`M2 -66C40 -100 112 -60 106 ${y(34)}C104 ${y(72)} 96 ${y(100)} 80 ${y(118)}C84 ${y(100)} 80 ${y(92)} 76 ${y(84)}C74 ${y(92)} 70 ${y(98)} 64 ${y(102)}C72 ${y(60)} 62 -4 16 -44Z`,
        { ...tones, shade: tones.base },
        taper([40, -74], [92, -50], [84, y(88)], tones.shade, 5) +
          taper([34, -64], [78, -20], [76, y(64)], tones.deep, 1.8) +
          taper([58, -74], [98, -48], [99, y(26)], tones.light, 2.4),
      );
      return tail + nape(tones);
    }
    case "side_ponytail": {
      const tail = mass(
        d`M50 -30C90 -36 108 16 102 ${y(70)}C100 ${y(96)} 90 ${y(116)} 78 ${y(126)}C80 ${y(112)} 78 ${y(104)} 73 ${y(97)}C71 ${y(106)} 67 ${y(110)} 62 ${y(113)}C66 ${y(90)} 60 ${y(66)} 58 36C56 12 54 -4 46 -14Z`,
        { ...tones, shade: tones.base },
        taper([66, -18], [92, 18], [80, y(104)], tones.shade, 4) +
          taper([82, -14], [96, 12], [94, y(56)], tones.light, 2.2),
      );
      return tail + tie(52, -24, look) + nape(tones);
    }
    case "hair_bun":
      return bun(0, -76, 25, look) + nape(tones);
    case "double_bun":
      return bothSides(bun(47, -62, 22, look)) + nape(tones);
  }
}

/** Drawn over the body, under the face. */
export function drawHairOver(look: HairLook): string {
  const { tones } = look;
  const y = (value: number): number => hang(look, value);
  switch (look.style) {
    case "low_twintails": {
      const tail =
        shape(
          d`M42 40C64 38 76 ${y(74)} 72 ${y(112)}C70 ${y(130)} 64 ${y(142)} 54 ${y(152)}C55 ${y(140)} 52 ${y(134)} 48 ${y(130)}C46 ${y(136)} 43 ${y(139)} 39 ${y(141)}C40 ${y(110)} 36 ${y(78)} 34 50Z`,
          tones.base,
          tones.line,
          2.4,
        ) +
        taper([52, 48], [64, y(84)], [54, y(134)], tones.shade, 3) +
        taper([44, 50], [50, y(84)], [46, y(120)], tones.deep, 1.2);
      return bothSides(tail + tie(42, 45, look));
    }
    case "twin_drills": {
      let drill = "";
      for (let turn = 6; turn >= 0; turn--) {
        const [x, top, w, h] = [
          64 - turn * 1.6,
          y(10 + turn * 17),
          22 - turn * 2.2,
          16 * Math.max(1, look.length * 0.86),
        ];
        const ring = d`M${x - w} ${top}C${x - w - 2} ${top + h * 0.9} ${x + w * 0.4} ${top + h * 1.6} ${x + w} ${top + h * 0.8}C${x + w + 4} ${top + h * 0.2} ${x + w * 0.9} ${top - h * 0.4} ${x + w * 0.4} ${top - h * 0.3}C${x} ${top + h * 0.1} ${x - w * 0.6} ${top + h * 0.1} ${x - w} ${top}Z`;
        drill +=
          shape(ring, tones.base, tones.line, 2.2) +
          taper([x - w * 0.85, top + h * 0.35], [x, top + h * 1.35], [x + w * 0.9, top + h * 0.75], tones.shade, 3.2) +
          taper(
            [x - w * 0.1, top + h * 0.25],
            [x + w * 0.4, top + h * 0.2],
            [x + w * 0.7, top - h * 0.08],
            tones.light,
            1.6,
          );
      }
      return bothSides(drill + tie(58, 4, look));
    }
    case "twin_braids":
      return bothSides(braid(46, 50, 6, look));
    case "single_braid":
      return mirrored(braid(42, 48, 7, look));
    case "low_ponytail":
      return (
        shape(
          d`M-40 36C-64 46 -70 ${y(84)} -60 ${y(118)}C-58 ${y(128)} -52 ${y(136)} -44 ${y(142)}C-45 ${y(134)} -42 ${y(128)} -38 ${y(124)}C-36 ${y(128)} -33 ${y(131)} -29 ${y(132)}C-36 ${y(104)} -28 ${y(76)} -24 52Z`,
          tones.base,
          tones.line,
          2.4,
        ) +
        taper([-44, 50], [-58, y(86)], [-46, y(130)], tones.shade, 3.4) +
        mirrored(tie(41, 56, look))
      );
    default:
      return "";
  }
}

function bun(x: number, y: number, size: number, look: HairLook): string {
  const { tones } = look;
  return (
    ellipse(x, y, size, size * 0.94, tones.base, tones.line, 2.4) +
    taper([x - size * 0.7, y + size * 0.3], [x, y + size * 1.1], [x + size * 0.8, y + size * 0.1], tones.shade, 5) +
    taper([x - size * 0.6, y - size * 0.2], [x, y - size * 0.9], [x + size * 0.6, y - size * 0.3], tones.shade, 1.6) +
    taper(
      [x - size * 0.5, y - size * 0.45],
      [x - size * 0.2, y - size * 0.9],
      [x + size * 0.2, y - size * 0.7],
      tones.light,
      2,
    )
  );
}

/** A plait of `count` lobes from (x, top) down, slightly outward. */
function braid(x: number, top: number, count: number, look: HairLook): string {
  const { tones } = look;
  let plait = "";
  const step = 13.5 * Math.max(1, look.length * 0.86);
  for (let index = 0; index < count; index++) {
    const [middle, y, width] = [x + index * 1.3, top + index * step, 13.5 - index * 0.7];
    const lobe = (side: number): string =>
      shape(
        d`M${middle} ${y - 5}C${middle + side * width} ${y - 12} ${middle + side * (width + 2)} ${y + 4} ${middle + side * 1} ${y + 12}C${middle - side * 3} ${y + 6} ${middle - side * 2} ${y} ${middle} ${y - 5}Z`,
        side > 0 ? tones.shade : tones.base,
        tones.line,
        2,
      );
    plait += lobe(1) + lobe(-1);
  }
  const end = top + count * step;
  const tip = x + count * 1.3;
  plait += shape(
    d`M${tip - 6} ${end - 4}Q${tip - 9} ${end + 8} ${tip + 1} ${end + 20}Q${tip + 10} ${end + 8} ${tip + 6} ${end - 4}Z`,
    tones.base,
    tones.line,
    2,
  );
  return plait + tie(tip, end - 2, look);
}

function tie(x: number, y: number, look: HairLook): string {
  return ellipse(x, y, 7.5, 6, look.tie, outline(look.tie), 1.8);
}
