// How much text the front end reads before it refuses: nothing a person writes comes near, and what stays below is
// compiled in well under a second with a bounded stack.

/** UTF-16 units of a model text. */
export const MAX_TEXT = 262_144;
export const MAX_STATEMENTS = 10_000;
/** Parentheses, choices, signs and powers inside one another. */
export const MAX_NESTING = 200;
/** Height of one expression's tree: a sum of n terms is n high. */
export const MAX_HEIGHT = 500;
/** Height of a definition with the definitions it uses put in, which is how code is made of it. */
export const MAX_CHAIN = 1000;
/** Flows at one compartment: their sum is one expression. */
export const MAX_FLOWS = 500;
/** Nodes of one endpoint after the endpoints it names are put in, and of all endpoints together. */
export const MAX_ENDPOINT = 5000;
export const MAX_ENDPOINTS = 1_000_000;
/** Largest finite f32 is 3.40e38: a number beyond cannot go to a graphics device. */
export const MAX_NUMBER = 3e38;
/** Points of one table, and nodes of all its uses written out as choices. */
export const MAX_POINTS = 2000;
export const MAX_LOOKUPS = 1_000_000;
/** Branches of a rule, and visits that it lists one by one. */
export const MAX_BRANCHES = 100;
/** Hazards of a model, events in one `first of`, parameters of one block of uncertainty, listed occasions. */
export const MAX_HAZARDS = 20;
export const MAX_RIVALS = 20;
export const MAX_UNCERTAIN = 200;
export const MAX_OCCASIONS = 100;
/** Events of one patient of a recurrent hazard, each with a random number of its own. */
export const MAX_RECURRENCES = 1000;
