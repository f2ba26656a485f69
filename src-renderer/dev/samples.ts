/** @file Prompts for the development page: usual ones, large ones, and ones that are wrong. */

const FILES = import.meta.glob<string>("../../assets/examples/*", { query: "?raw", import: "default", eager: true });

const HAIR = ["blue_hair", "pink_hair", "silver_hair", "black_hair", "red_hair", "green_hair"];
const OUTFITS = ["white_serafuku, blue_bow", "yellow_dress", "black_coat, grey_scarf", "maid, frilled_apron"];

const sextet =
  Array.from({ length: 6 }, (_, index) =>
    [
      `<character_${index + 1}>`,
      `<n>$character_${index + 1}$</n>`,
      "<gender>1girl</gender>",
      `<appearance>${HAIR[index]}, long_hair, (red_eyes:1.15), hair_ribbon, freckles</appearance>`,
      `<clothing>${OUTFITS[index % OUTFITS.length]}, pleated_skirt, thighhighs</clothing>`,
      "<expression>smile, light_blush</expression>",
      "<action>waving, looking_at_viewer</action>",
      `<position>${["left", "center_left", "center", "center_right", "right", "background"][index]}</position>`,
      `</character_${index + 1}>`,
    ].join("\n"),
  ).join("\n\n") +
  "\n\n<general_tags>\n<count>6girls, multiple_girls</count>\n<style>anime_style</style>\n<background>classroom, sunlight</background>\n<quality>masterpiece, best_quality</quality>\n</general_tags>\n\n<caption>Six friends in a classroom after school, waving at the viewer.</caption>\n";

const broken = `<character 1>
<n>rem_\\(re:zero\\)</n>
<appearance>blue hair, short_hair, maid (cosplay</appearance>
<clothing>maid_dress
<mood>shy, calm</mood>
<expression>smile > frown & blush</expression>
<position>left</position>
</character_1>

<general tags>
<count>2girls</count>
<styel>anime_style</styel>
<weather sure="yes">rain, <b>heavy</b></weather>
</general_tags>
<negative>rain</negative>
`;

export const SAMPLES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(FILES).map(([path, text]) => [path.replace(/^.*\/|\.\w+$/g, ""), text])),
  sextet,
  broken,
  empty: "",
  declared: `<!DOCTYPE x [<!ENTITY a "b">]>\n<character_1><appearance>blue_hair</appearance></character_1>`,
};
