import type { Texts } from '../catalogue.ts';

export const signIn: Texts['signIn'] = {};
