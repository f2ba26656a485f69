/** @file The tags for backgrounds, time of day, weather, and words that go with any picture. */

import type { IndoorPlace, OutdoorPlace, Pattern } from "../draw/background.ts";
import type { Time, Weather } from "../draw/background-sky.ts";
import type { Wording } from "./tags-appearance.ts";

/** `C_` is the background's colour. */
export const PATTERN_TAGS: Readonly<Record<Pattern, readonly Wording[]>> = {
  simple: [["C_background"], ["simple_background", "C_background"]],
  gradient: [["gradient_background", "C_background"]],
  polka_dot: [["polka_dot_background", "C_background"]],
  striped: [["striped_background", "C_background"]],
  starry: [["starry_background", "C_background"]],
  heart: [["heart_background", "C_background"]],
  checkered: [["checkered_background", "C_background"]],
  floral: [["floral_background", "C_background"]],
};

export const OUTDOOR_TAGS: Readonly<Record<OutdoorPlace, readonly Wording[]>> = {
  blue_sky: [["sky"], ["sky", "cloud"], ["grass", "sky"]],
  beach: [["beach"], ["beach", "sand"]],
  ocean: [["ocean"], ["sea"]],
  forest: [["forest"], ["forest", "tree"]],
  cityscape: [["cityscape"], ["city", "building"]],
  mountain: [["mountain"], ["mountainous_horizon"]],
  flower_field: [["flower_field"], ["field", "flower_field"]],
  cherry_blossoms: [["cherry_blossoms"], ["sakura"]],
  snow: [["snow"], ["winter", "snow"]],
  shrine: [["shrine"], ["torii"], ["shrine", "torii"]],
};

/** The open sky has names that tell the hour as well. */
export const SKY_TAGS: Readonly<Record<Time, readonly Wording[]>> = {
  day: [["blue_sky"], ["blue_sky", "cloud"]],
  sunset: [["orange_sky"], ["sunset_sky"]],
  night: [["night_sky"], ["starry_sky"], ["night_sky", "star"]],
};

/** Added now and then to a place. */
export const SURROUNDINGS = { outdoors: "outdoors", indoors: "indoors" } as const;

export const INDOOR_TAGS: Readonly<Record<IndoorPlace, readonly Wording[]>> = {
  classroom: [["classroom"], ["classroom", "chalkboard"]],
  bedroom: [["bedroom"], ["bedroom", "curtains"]],
  library: [["library"], ["library", "bookshelf"]],
  cafe: [["cafe"], ["coffee_shop"]],
  stage: [["stage"], ["stage", "stage_lights"]],
  castle: [["castle"], ["throne_room"]],
};

export const TIME_TAGS: Readonly<Record<Time, readonly Wording[]>> = {
  day: [["day"], ["day", "sunlight"], ["daytime"]],
  sunset: [["sunset"], ["evening"], ["dusk"]],
  night: [["night"], ["night", "moonlight"], ["nighttime"]],
};

export const WEATHER_TAGS: Readonly<Record<Weather, readonly Wording[]>> = {
  clear: [],
  rain: [["rain"], ["raining"]],
  snowing: [["snowing"], ["snowflakes"]],
  petals: [["petals"], ["falling_petals"]],
  falling_leaves: [["falling_leaves"], ["autumn_leaves"]],
};

/** Words without a trace in the picture: prompts are full of them, and the model must not stumble over them. */
export const QUALITY_TAGS = [
  "masterpiece",
  "best_quality",
  "very_aesthetic",
  "absurdres",
  "highres",
  "high_resolution",
  "newest",
  "detailed",
  "no_text",
] as const;
export const STYLE_TAGS = [
  "anime_style",
  "cel_shading",
  "digital_art",
  "anime_coloring",
  "flat_color",
  "illustration",
] as const;
export const CHIBI_TAGS = ["chibi", "super_deformed"] as const;
export const MOOD_TAGS = ["cheerful", "calm", "peaceful", "warm", "dreamy", "lively"] as const;
export const LIGHT_TAGS = ["soft_lighting", "natural_lighting", "bright"] as const;
export const ARTIST_TAGS = ["tachie", "anime_artist"] as const;
