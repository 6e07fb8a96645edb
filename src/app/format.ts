// Numbers, units and durations as a reader sees them, in the page's language. In: values. Out: text.
// Nothing here is read back: number boxes show `plain`, which parses to the same value.
import type { Language } from './strings.ts';

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = language + JSON.stringify(options);
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(language, options);
  formatters.set(key, made);
  return made;
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  '-': '⁻',
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
};

function superscript(digits: string): string {
  return [...digits].map((digit) => SUPERSCRIPTS[digit] ?? digit).join('');
}

/** Three significant digits, four before a decimal point (1,024); powers of ten outside 0.001 .. 10 million. A missing number is a dash. */
export function significant(value: number | null, language: Language, digits = 3): string {
  if (value === null || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [mantissa = '', exponent = '0'] = value.toExponential(digits - 1).split('e');
    const shown = formatter(language, { maximumFractionDigits: digits - 1 }).format(Number(mantissa));
    return `${shown} × 10${superscript(String(Number(exponent)))}`;
  }
  const rounded = Number(
    value.toPrecision(Math.max(digits, Math.min(4, Math.floor(Math.log10(size || 1)) + 1))),
  );
  return formatter(language, { maximumSignificantDigits: 10 }).format(rounded).replace('-', '−');
}

export function withUnit(value: number | null, unit: string, language: Language): string {
  const shown = significant(value, language);
  return unit === '' ? shown : `${shown} ${prettyUnit(unit)}`;
}

export function whole(value: number, language: Language): string {
  return formatter(language, { maximumFractionDigits: 0 }).format(value);
}

/** A share as percent, one decimal: `42.3 %`; a dash where there is none. */
export function percent(share: number, language: Language, digits = 1): string {
  if (Number.isNaN(share)) return '–';
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${formatter(language, options)
    .format(100 * share)
    .replace('-', '−')} %`;
}

/** With a sign, for differences; exactly nothing is `±0`. */
export function signed(value: number, shown: string): string {
  return value === 0 ? '±0' : value > 0 ? `+${shown}` : shown;
}

/** The shortest text that parses to the same number. */
export function plain(value: number, language: Language = 'en'): string {
  return language === 'en' ? String(value) : String(value).replace('.', ',');
}

/** `mg*h/L` as `mg·h/L`, `m^2` as `m²`, and UCUM's `10*6/mL` as `10⁶/mL`. */
export function prettyUnit(unit: string): string {
  return unit
    .replace(/\b10\*(-?\d+)/g, (_, power: string) => `10${superscript(power)}`)
    .replaceAll('*', '·')
    .replace(/\^(-?\d+)/g, (_, power: string) => superscript(power));
}

export function duration(milliseconds: number, language: Language): string {
  if (milliseconds < 1000) return `${whole(milliseconds, language)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${significant(seconds, language, 2)} s`;
  return `${whole(Math.ceil(seconds / 60), language)} min`;
}

/** What a person typed in a number box: a comma is a decimal point; null when it is no number. */
export function parseNumber(text: string): number | null {
  const cleaned = text.trim().replace('−', '-').replace(',', '.');
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(cleaned)) return null;
  const value = Number(cleaned);
  return Number.isFinite(value) ? value : null;
}
