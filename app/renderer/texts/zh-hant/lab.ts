import type { Texts } from '../catalogue.ts';

export const lab: Texts['lab'] = {};
