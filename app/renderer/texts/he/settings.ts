import type { Texts } from '../catalogue.ts';

export const settings: Texts['settings'] = {};
