/** What `NODE_ENV` may be. */
export const ENVIRONMENTS = ['production', 'development', 'test'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** What the values of a setting look like. Pure, and shared by all settings of the kind. */
export interface Kind<T> {
  /** Completes "must be …", and stands in the documentation. */
  readonly form: string;
  /** @returns `undefined` for a text that has not the form */
  readonly parse: (text: string) => T | undefined;
  /** For kinds of numbers. */
  readonly range?: NumberRange;
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly unit?: Unit;
}

export type Unit = 'milliseconds' | 'seconds' | 'days';

/** One declared setting: the reader, `.env.example` and docs/operating/settings.md are all made from it. */
export interface Setting<T> {
  /** In the environment. */
  readonly name: string;
  /** For operators: what it does, in one line. */
  readonly about: string;
  readonly kind: Kind<NonNullable<T>>;
  /** The default as it would be written; empty for none. */
  readonly shown: string;
  /** May also come from the file that `NAME_FILE` names. */
  readonly isSecret: boolean;
  /** For tests of Tollgate itself: not documented. */
  readonly isHidden: boolean;
  /** The setting without which this one does nothing. */
  readonly needs: string | undefined;
  /** What is in force when it is unset. */
  readonly fallback: (environment: Environment) => T;
}

export interface SettingOptions {
  readonly about: string;
  readonly secret?: boolean;
  readonly hidden?: boolean;
  readonly needs?: string;
}

export interface Defaults<T> {
  readonly default: T;
  /** Where production has a default of its own. */
  readonly production?: T;
  /** How the default is shown, if not as it is. */
  readonly shown?: string;
}

/** Declares a setting that always has a value. */
export function setting<T>(
  name: string,
  kind: Kind<T>,
  options: SettingOptions & Defaults<NoInfer<T>>,
): Setting<T>;
/** Declares a setting that may be unset. */
export function setting<T>(name: string, kind: Kind<T>, options: SettingOptions): Setting<T | undefined>;
export function setting<T>(
  name: string,
  kind: Kind<NonNullable<T>>,
  options: SettingOptions & Partial<Defaults<T>>,
): Setting<T | undefined> {
  const production = options.production ?? options.default;
  return {
    name,
    about: options.about,
    kind,
    shown: options.shown ?? (options.default === undefined ? '' : String(options.default)),
    isSecret: options.secret ?? false,
    isHidden: options.hidden ?? false,
    needs: options.needs,
    fallback: (environment) => (environment === 'production' ? production : options.default),
  };
}

/** Settings by the name that their values get. */
export type SettingGroup = Readonly<Record<string, Setting<unknown>>>;

export type Values<S extends SettingGroup> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

/** What a concern may know and say while it gives its values their shape. */
export interface ComposeContext {
  readonly production: boolean;
  /** Notes a problem that only shows in several settings together. */
  readonly fail: (name: string, problem: string) => void;
}

/** The settings of one concern, and how they become a part of the configuration. */
export interface Concern<S extends SettingGroup, C> {
  /** A heading of the documentation. */
  readonly title: string;
  readonly settings: S;
  readonly compose: (values: Values<S>, context: ComposeContext) => C;
}

/** Declares a concern whose part of the configuration has a shape of its own, or rules between settings. */
export function concern<S extends SettingGroup, C>(parts: Concern<S, C>): Concern<S, C> {
  return parts;
}

/** Declares a concern whose part of the configuration is its values as they are. */
export function plainConcern<S extends SettingGroup>(title: string, settings: S): Concern<S, Values<S>> {
  return { title, settings, compose: (values) => values };
}

/** The part of the configuration that a concern makes. */
export type ConfigOf<T> = T extends Concern<infer _S, infer C> ? C : never;
