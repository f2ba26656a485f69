/** @file Tags that count: `2girls`, `1boy`, `6+girls`, `solo`, `multiple_girls`, and what they say of a cast. */

export type Gender = "girl" | "boy" | "other";
const GENDERS = ["girl", "boy", "other"] as const satisfies readonly Gender[];

const NUMBERED = /^(\d{1,4})(\+)?_?(girl|boy|other)s?$/;
const MULTIPLE = /^multiple_(girl|boy|other)s$/;
/** Danbooru's largest tag of the kind is `6+girls`. */
const MANY = 6;

export function isCountTag(name: string): boolean {
  return name === "solo" || NUMBERED.test(name) || MULTIPLE.test(name);
}

/** The kind that a gender field means; undefined where it says none of them. */
export function genderOf(text: string): Gender | undefined {
  const words = text.toLowerCase();
  if (/girl|female|woman/.test(words)) return "girl";
  if (/boy|male|\bman\b/.test(words)) return "boy";
  return /other|androgynous|ambiguous/.test(words) ? "other" : undefined;
}

interface Counted {
  /** At least so many. */
  readonly number: number;
  readonly isAtLeast: boolean;
}

function countedOf(names: readonly string[], gender: Gender): Counted | undefined {
  for (const name of names) {
    const [, digits, plus, kind] = NUMBERED.exec(name) ?? [];
    if (digits !== undefined && kind === gender) return { number: Number(digits), isAtLeast: plus !== undefined };
  }
  return names.includes(`multiple_${gender}s`) ? { number: 2, isAtLeast: true } : undefined;
}

function fits(counted: Counted, number: number): boolean {
  return counted.isAtLeast ? number >= counted.number : number === counted.number;
}

/** What is wrong between the tags and the cards, in words; undefined where they agree or nothing is counted. */
export function countProblem(names: readonly string[], cards: readonly (Gender | undefined)[]): string | undefined {
  if (!names.some(isCountTag)) return undefined;
  const counts = GENDERS.map((gender) => countedOf(names, gender));
  const given = counts.filter((count) => count !== undefined);
  const present = cards.length === 1 ? "there is 1 character" : `there are ${cards.length} characters`;
  if (names.includes("solo") && cards.length !== 1) return `The count says \`solo\`, but ${present}`;
  if (given.length === 0) return undefined;
  const total = { number: sum(given.map(({ number }) => number)), isAtLeast: given.some(({ isAtLeast }) => isAtLeast) };
  if (!fits(total, cards.length))
    return `The count says ${total.number}${total.isAtLeast ? " or more" : ""}, but ${present}`;
  for (const gender of GENDERS) {
    const many = names.includes(`multiple_${gender}s`);
    const counted = countedOf(names, gender);
    if (many && counted !== undefined && !counted.isAtLeast && counted.number < 2)
      return `\`multiple_${gender}s\` and a count of ${counted.number} contradict each other`;
  }
  if (cards.some((gender) => gender === undefined)) return undefined;
  const wrong = GENDERS.some((gender, index) => {
    const number = cards.filter((card) => card === gender).length;
    return !fits(counts[index] ?? { number: 0, isAtLeast: false }, number);
  });
  return wrong ? "The count and the genders of the characters differ" : undefined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The tags that count these cards. A card without a gender is taken for one of the kind that is counted, or a girl. */
export function expectedCount(names: readonly string[], cards: readonly (Gender | undefined)[]): readonly string[] {
  const counted = GENDERS.filter((gender) => countedOf(names, gender) !== undefined);
  const usual = counted.length === 1 ? (counted[0] ?? "girl") : "girl";
  const numbers = GENDERS.map((gender) => cards.filter((card) => (card ?? usual) === gender).length);
  const tags = GENDERS.flatMap((gender, index) => {
    const number = numbers[index] ?? 0;
    if (number === 0) return [];
    return number >= MANY ? [`${MANY}+${gender}s`] : [`${number}${gender}${number === 1 ? "" : "s"}`];
  });
  if (cards.length === 1) return [...tags, "solo"];
  return [...tags, ...GENDERS.flatMap((gender, index) => ((numbers[index] ?? 0) > 1 ? [`multiple_${gender}s`] : []))];
}
