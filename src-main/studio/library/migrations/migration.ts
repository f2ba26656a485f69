/** @file What a migration is. */

export interface Migration {
  /** `user_version` of the database once it has run; in tens, so that there is room between. */
  readonly version: number;
  readonly name: string;
  /** Statements that need neither parameters nor a transaction of their own: each migration runs in one. */
  readonly sql: string;
}
