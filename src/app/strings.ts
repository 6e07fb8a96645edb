// Every word of the page's own, in English and Italian. Model prose stays as its author wrote it.
// `t('key', {n: 3})` puts values into {n}; a missing key or language is a type error, not an empty label.

export const LANGUAGES = ['en', 'it'] as const;
export type Language = (typeof LANGUAGES)[number];

const STRINGS = {
  tagline: {
    en: 'Cohorts of virtual patients in your browser',
    it: 'Coorti di pazienti virtuali nel tuo browser',
  },
  gallery: { en: 'Models', it: 'Modelli' },
  galleryLead: {
    en: 'Pick a question. Ten thousand virtual patients answer it here, on this computer.',
    it: 'Scegli una domanda. Diecimila pazienti virtuali rispondono qui, su questo computer.',
  },
  search: { en: 'Search models', it: 'Cerca modelli' },
  noMatch: { en: 'No model matches “{query}”.', it: 'Nessun modello corrisponde a «{query}».' },
  openFile: { en: 'Open a file', it: 'Apri un file' },
  blankModel: { en: 'Blank model', it: 'Modello vuoto' },
  checksCount: { en: '{n} published checks', it: '{n} verifiche pubblicate' },
  checksCountOne: { en: '1 published check', it: '1 verifica pubblicata' },
  pictureOf: {
    en: 'Median and 5–95 % of {n} virtual patients',
    it: 'Mediana e 5–95 % di {n} pazienti virtuali',
  },
  loading: { en: 'Starting the engine …', it: 'Avvio del motore …' },
  backToGallery: { en: 'All models', it: 'Tutti i modelli' },
  edited: { en: 'edited', it: 'modificato' },
  undo: { en: 'Undo', it: 'Annulla' },
  redo: { en: 'Redo', it: 'Ripeti' },
  live: { en: 'Live', it: 'Dal vivo' },
  liveHint: { en: 'Run at every change', it: 'Calcola a ogni modifica' },
  run: { en: 'Run', it: 'Calcola' },
  cancel: { en: 'Cancel', it: 'Interrompi' },
  share: { en: 'Share link', it: 'Condividi link' },
  shareTitle: { en: 'Share this study', it: 'Condividi questo studio' },
  shareText: {
    en: 'Whoever opens this link computes the same patients again and sees whether the numbers agree. The study is inside the link; no server keeps it.',
    it: 'Chi apre questo link ricalcola gli stessi pazienti e vede se i numeri concordano. Lo studio è dentro il link; nessun server lo conserva.',
  },
  shareFresh: {
    en: 'The numbers on screen are not up to date, so this link carries none to compare with.',
    it: 'I numeri sullo schermo non sono aggiornati: questo link non ne porta da confrontare.',
  },
  linkLength: { en: '{n} characters', it: '{n} caratteri' },
  copy: { en: 'Copy', it: 'Copia' },
  copied: { en: 'Copied', it: 'Copiato' },
  copyFailed: {
    en: 'Copying is blocked; select the link and copy it.',
    it: 'Copia bloccata: seleziona il link e copialo.',
  },
  saveStudy: { en: 'Save study file', it: 'Salva file dello studio' },
  saveModel: { en: 'Save model', it: 'Salva modello' },
  close: { en: 'Close', it: 'Chiudi' },
  help: { en: 'Keyboard', it: 'Tastiera' },
  menu: { en: 'More', it: 'Altro' },
  controls: { en: 'Controls', it: 'Comandi' },
  population: { en: 'Population', it: 'Popolazione' },
  diseaseAndDrug: { en: 'Disease and drug', it: 'Malattia e farmaco' },
  therapies: { en: 'Therapies', it: 'Terapie' },
  time: { en: 'Time', it: 'Tempo' },
  patients: { en: 'Patients', it: 'Pazienti' },
  seed: { en: 'Seed', it: 'Seme' },
  seedInfo: {
    en: 'Decimal digits. The same seed gives the same patients on every computer.',
    it: 'Cifre decimali. Lo stesso seme dà gli stessi pazienti su ogni computer.',
  },
  typical: { en: 'Typical patient only', it: 'Solo il paziente tipico' },
  typicalInfo: {
    en: 'One patient: random effects zero, covariates at their medians unless set.',
    it: 'Un solo paziente: effetti casuali nulli, covariate alla mediana se non fissate.',
  },
  openTable: { en: 'Patients from a file …', it: 'Pazienti da un file …' },
  otherTable: { en: 'Another file …', it: 'Un altro file …' },
  openThisTable: { en: 'Open the file …', it: 'Apri il file …' },
  tableHint: {
    en: 'CSV with a row a patient and the columns {names}. It stays in this page.',
    it: 'CSV con una riga per paziente e le colonne {names}. Resta in questa pagina.',
  },
  tableRows: {
    en: '{rows} rows, taken in turn for {n} patients.',
    it: '{rows} righe, prese a turno per {n} pazienti.',
  },
  tableRowsAll: { en: '{rows} rows, one for each patient.', it: '{rows} righe, una per ogni paziente.' },
  tableRowsFirst: {
    en: 'The first {n} of {rows} rows, one for each patient.',
    it: 'Le prime {n} di {rows} righe, una per ogni paziente.',
  },
  tableMissing: {
    en: 'This file is not here: links and study files carry only its name.',
    it: 'Questo file non è qui: link e file dello studio ne portano solo il nome.',
  },
  tableMissingNote: {
    en: 'This study takes its patients from the file “{name}”, which is not here: links and study files carry only its name. Open the file to compute.',
    it: 'Questo studio prende i suoi pazienti dal file «{name}», che non è qui: link e file dello studio ne portano solo il nome. Apri il file per calcolare.',
  },
  tableProblems: { en: 'This file cannot be used:', it: 'Questo file non si può usare:' },
  tableRefused: {
    en: 'The patients’ file cannot be used; what is wrong with it is listed under Population.',
    it: 'Il file dei pazienti non si può usare; che cosa non va è elencato sotto Popolazione.',
  },
  tableNeedsModel: {
    en: 'A table of patients needs a model: open one first, then open the table in it.',
    it: 'Una tabella di pazienti ha bisogno di un modello: prima apri un modello, poi la tabella.',
  },
  tableStays: {
    en: 'The patients of this study come from the file “{name}”. It does not travel with the link or the study file: whoever opens them needs the file too.',
    it: 'I pazienti di questo studio vengono dal file «{name}», che non viaggia con il link né con il file dello studio: a chi li apre serve anche il file.',
  },
  removeTable: { en: 'Do without {name}', it: 'Rinuncia a {name}' },
  fromFile: { en: 'from the file', it: 'dal file' },
  columnFacts: { en: 'median, {low} to {high}', it: 'mediana, da {low} a {high}' },
  dropHere: {
    en: 'Let go to open: a table of patients (.csv), a study or a model',
    it: 'Rilascia per aprire: una tabella di pazienti (.csv), uno studio o un modello',
  },
  patientNumber: { en: 'Patient no.', it: 'Paziente n.' },
  patientRange: { en: 'Patients go from 0 to {last}.', it: 'I pazienti vanno da 0 a {last}.' },
  patientHint: {
    en: 'Or choose one of the thin lines.',
    it: 'Oppure scegli una delle linee sottili.',
  },
  patientGone: { en: 'Follow nobody', it: 'Non seguire nessuno' },
  patientIs: { en: 'Patient no. {n}: {values}.', it: 'Paziente n. {n}: {values}.' },
  patientIsAlone: { en: 'Patient no. {n}.', it: 'Paziente n. {n}.' },
  patientNobody: {
    en: 'Patient no. {n} cannot be computed now.',
    it: 'Il paziente n. {n} non si può calcolare ora.',
  },
  patientAt: { en: 'Patient no. {n} at {time}: {values}.', it: 'Paziente n. {n} a {time}: {values}.' },
  patientThen: { en: 'At {time}: {values}.', it: 'A {time}: {values}.' },
  patientFailed: { en: '{arm} did not finish', it: '{arm} non è arrivato alla fine' },
  patientPicked: { en: 'Patient no. {n}: Enter follows', it: 'Paziente n. {n}: Invio lo segue' },
  until: { en: 'Until', it: 'Fino a' },
  every: { en: 'Every', it: 'Ogni' },
  reset: { en: 'Back to {value}', it: 'Torna a {value}' },
  resetRow: { en: 'Reset {name}', it: 'Ripristina {name}' },
  about: { en: 'About {name}', it: 'Informazioni su {name}' },
  symbol: { en: 'Symbol', it: 'Simbolo' },
  unit: { en: 'Unit', it: 'Unità' },
  dimensionless: { en: 'none', it: 'nessuna' },
  modelValue: { en: 'In the model', it: 'Nel modello' },
  range: { en: 'Range', it: 'Intervallo' },
  source: { en: 'Source', it: 'Fonte' },
  noSource: { en: 'none given', it: 'non indicata' },
  provenance: { en: 'Provenance', it: 'Provenienza' },
  distribution: { en: 'Distribution', it: 'Distribuzione' },
  varies: { en: 'varies', it: 'varia' },
  sameForAll: { en: 'same for all', it: 'uguale per tutti' },
  variation: { en: 'Variation of {name}', it: 'Variazione di {name}' },
  slider: { en: '{name}, slider', it: '{name}, cursore' },
  yes: { en: 'yes', it: 'sì' },
  no: { en: 'no', it: 'no' },
  addArm: { en: 'Add an arm', it: 'Aggiungi un braccio' },
  removeArm: { en: 'Remove {name}', it: 'Rimuovi {name}' },
  armName: { en: 'Name of arm {n}', it: 'Nome del braccio {n}' },
  armTherapy: { en: 'Therapy of {name}', it: 'Terapia di {name}' },
  noTherapy: { en: 'Nothing is given', it: 'Nessun trattamento' },
  ownTherapy: { en: 'Own doses …', it: 'Dosi proprie …' },
  doseText: { en: 'Dose lines of {name}', it: 'Righe di dose di {name}' },
  doseHint: { en: 'One dose a line', it: 'Una dose per riga' },
  addDifference: { en: 'Another value in {name} …', it: 'Un altro valore in {name} …' },
  overTime: { en: 'Over time', it: 'Nel tempo' },
  outcomes: { en: 'Outcomes', it: 'Esiti' },
  table: { en: 'Table', it: 'Tabella' },
  views: { en: 'Views', it: 'Viste' },
  all: { en: 'All', it: 'Tutti' },
  chartOutput: { en: 'Shown', it: 'Mostrati' },
  timeAxis: { en: 'Time [{unit}]', it: 'Tempo [{unit}]' },
  target: { en: 'target', it: 'obiettivo' },
  chartHelp: {
    en: 'Chart of {name}. Left and right arrows read values off it, up and down pick one of the thin lines, Enter follows that patient; the table tab has all numbers.',
    it: 'Grafico di {name}. Le frecce sinistra e destra leggono i valori, su e giù scelgono una delle linee sottili, Invio segue quel paziente; la scheda Tabella contiene tutti i numeri.',
  },
  readAt: { en: 'At {time}', it: 'A {time}' },
  legend: {
    en: 'line: median · dark band: middle half · pale band: 5–95 % · thin lines: {n} patients',
    it: 'linea: mediana · banda scura: metà centrale · banda chiara: 5–95 % · linee sottili: {n} pazienti',
  },
  sentenceOutput: {
    en: 'At {time}, {arm}: half of the patients are above {median}, 9 in 10 between {low} and {high}.',
    it: 'A {time}, {arm}: metà dei pazienti è sopra {median}, 9 su 10 tra {low} e {high}.',
  },
  sentenceOutputMore: {
    en: '{arm}: median {median} ({low} to {high}).',
    it: '{arm}: mediana {median} (da {low} a {high}).',
  },
  sentenceValue: {
    en: '{arm}: median {median}, 9 in 10 patients between {low} and {high}.',
    it: '{arm}: mediana {median}, 9 pazienti su 10 tra {low} e {high}.',
  },
  sentenceMissing: {
    en: '{arm}: most patients have no value.',
    it: '{arm}: la maggior parte non ha un valore.',
  },
  sentenceNever: { en: '{share} never reach it.', it: '{share} non lo raggiunge mai.' },
  sentenceProbability: { en: '{arm}: {count} in 100 patients.', it: '{arm}: {count} pazienti su 100.' },
  barCut: {
    en: 'Cut at the top: a bar of {arm} holds {share}.',
    it: 'Tagliata in alto: una barra di {arm} contiene {share}.',
  },
  noResult: { en: 'No result yet.', it: 'Ancora nessun risultato.' },
  noOutputs: { en: 'The model declares no output.', it: 'Il modello non dichiara uscite.' },
  noEndpoints: { en: 'The model declares no endpoint.', it: 'Il modello non dichiara esiti.' },
  shareOfPatients: { en: 'Share of patients', it: 'Quota di pazienti' },
  arm: { en: 'Arm', it: 'Braccio' },
  median: { en: 'Median', it: 'Mediana' },
  mean: { en: 'Mean', it: 'Media' },
  probability: { en: 'Probability', it: 'Probabilità' },
  endpoint: { en: 'Endpoint', it: 'Esito' },
  missing: { en: 'No value', it: 'Senza valore' },
  saveCsv: { en: 'Save as CSV', it: 'Salva come CSV' },
  rowsShown: {
    en: '{shown} of {n} times shown; the CSV has all.',
    it: '{shown} tempi su {n}; il CSV li contiene tutti.',
  },
  keyNumbers: { en: 'Key numbers', it: 'Numeri chiave' },
  keyLead: { en: 'median (5–95 %), difference to {arm}', it: 'mediana (5–95 %), differenza da {arm}' },
  keyLeadOne: { en: 'median (5–95 %)', it: 'mediana (5–95 %)' },
  points: { en: '{n} points', it: '{n} punti' },
  noneFailed: {
    en: 'All {n} patients finished in every arm.',
    it: 'Tutti i {n} pazienti completati in ogni braccio.',
  },
  oneDone: {
    en: 'The typical patient finished in every arm.',
    it: 'Il paziente tipico è completato in ogni braccio.',
  },
  failed: { en: '{n} patient runs failed and are left out:', it: '{n} simulazioni fallite ed escluse:' },
  rescued: {
    en: '{n} of {of} patient runs were rescued by a slower, more exact solution.',
    it: '{n} simulazioni su {of} recuperate da una soluzione più lenta ed esatta.',
  },
  accuracy: { en: 'Largest error measured: {error}.', it: 'Errore massimo misurato: {error}.' },
  accuracyNone: { en: 'No error could be measured.', it: 'Nessun errore si è potuto misurare.' },
  accuracyFlips: {
    en: 'Yes or no, or with or without a value, came out differently {n} times.',
    it: 'Sì o no, oppure con o senza valore, diversi {n} volte.',
  },
  accuracyHow: { en: 'How the error was measured', it: 'Come è stato misurato l’errore' },
  accuracyText: {
    en: '{n} patients, some at random and those with most steps, were solved again in double precision to {rtol}. Errors of curves are relative to a patient’s largest value, of outcomes to their size.',
    it: '{n} pazienti, alcuni a caso e quelli con più passi, sono stati risolti di nuovo in doppia precisione a {rtol}. Gli errori delle curve sono relativi al valore massimo del paziente, quelli degli esiti alla loro grandezza.',
  },
  accuracyTextOne: {
    en: 'The patient was solved again in double precision to {rtol}. Errors of curves are relative to the largest value, of outcomes to their size.',
    it: 'Il paziente è stato risolto di nuovo in doppia precisione a {rtol}. Gli errori delle curve sono relativi al valore massimo, quelli degli esiti alla loro grandezza.',
  },
  accuracyMost: { en: '95 % of patients', it: '95 % dei pazienti' },
  accuracyLargest: { en: 'largest', it: 'massimo' },
  accuracySides: { en: 'different for {n}', it: 'diverso per {n}' },
  statusTooManySteps: { en: 'too many steps', it: 'troppi passi' },
  statusStepTooSmall: { en: 'step too small', it: 'passo troppo piccolo' },
  statusNotFinite: { en: 'not finite', it: 'non finito' },
  statusEventStorm: { en: 'event storm', it: 'troppi eventi' },
  publishedChecks: { en: 'Published numbers', it: 'Numeri pubblicati' },
  verify: { en: 'Verify on this device', it: 'Verifica su questo dispositivo' },
  verifying: { en: 'Verifying …', it: 'Verifica in corso …' },
  verified: {
    en: '{n} of {of} reproduced on this device',
    it: '{n} di {of} riprodotti su questo dispositivo',
  },
  noChecks: { en: 'The model states none.', it: 'Il modello non ne dichiara.' },
  expectedGot: { en: 'expected {expected}, got {got}', it: 'atteso {expected}, ottenuto {got}' },
  nothing: { en: 'nothing', it: 'niente' },
  modelText: { en: 'Model text', it: 'Testo del modello' },
  noProblems: { en: 'No problems found.', it: 'Nessun problema.' },
  problems: { en: '{n} problems', it: '{n} problemi' },
  problemsOne: { en: '1 problem', it: '1 problema' },
  error: { en: 'error', it: 'errore' },
  warning: { en: 'warning', it: 'avviso' },
  modelBroken: {
    en: 'The model text has errors. The numbers shown are from before.',
    it: 'Il testo del modello contiene errori. I numeri mostrati sono precedenti.',
  },
  modelBrokenFirst: { en: 'The model text has errors.', it: 'Il testo del modello contiene errori.' },
  refused: { en: 'This study cannot be run:', it: 'Questo studio non si può calcolare:' },
  runFailed: { en: 'The run failed: {message}', it: 'Il calcolo è fallito: {message}' },
  engineDead: { en: 'The engine stopped: {message}', it: 'Il motore si è fermato: {message}' },
  restart: { en: 'Start it again', it: 'Riavvia' },
  stale: { en: 'not up to date', it: 'non aggiornato' },
  preview: { en: 'preview', it: 'anteprima' },
  running: { en: 'Computing', it: 'Calcolo' },
  timeLeft: { en: '{time} left', it: 'ancora {time}' },
  cancelled: { en: 'Stopped. Press Run to compute.', it: 'Interrotto. Premi Calcola per riprendere.' },
  footPatients: { en: '{n} patients', it: '{n} pazienti' },
  footArms: { en: '{n} arms', it: '{n} bracci' },
  footArmsOne: { en: '1 arm', it: '1 braccio' },
  footPrivate: { en: 'Nothing leaves this computer', it: 'Nulla lascia questo computer' },
  footUse: {
    en: 'Research and teaching, not for treating a patient',
    it: 'Per ricerca e didattica, non per curare un paziente',
  },
  why: { en: 'Why this engine', it: 'Perché questo motore' },
  linkBroken: { en: 'This link cannot be opened', it: 'Questo link non si può aprire' },
  linkBrokenText: {
    en: 'Nothing was computed, so that no wrong number is shown.',
    it: 'Nulla è stato calcolato, perché non appaia un numero sbagliato.',
  },
  modelUnknown: { en: 'There is no model “{name}” here', it: 'Qui non c’è un modello «{name}»' },
  fileBroken: { en: 'This file cannot be opened', it: 'Questo file non si può aprire' },
  fileTooLarge: { en: 'It is larger than {n} kB.', it: 'È più grande di {n} kB.' },
  dismiss: { en: 'Dismiss', it: 'Nascondi' },
  keyRun: { en: 'Run', it: 'Calcola' },
  keyLive: { en: 'Live on or off', it: 'Dal vivo sì o no' },
  keyShare: { en: 'Share link', it: 'Condividi link' },
  keyEditor: { en: 'Model text', it: 'Testo del modello' },
  keyTabs: { en: 'Over time, outcomes, table', it: 'Nel tempo, esiti, tabella' },
  keyUndo: { en: 'Undo, redo', it: 'Annulla, ripeti' },
  keyEscape: { en: 'Follow no patient', it: 'Non seguire nessun paziente' },
  keyHelp: { en: 'This list', it: 'Questo elenco' },
  keysSlider: {
    en: 'Arrows and Page Up/Down move a slider; a double click resets it.',
    it: 'Frecce e Pag su/giù muovono un cursore; un doppio clic lo ripristina.',
  },
  aboutModel: { en: 'About this model', it: 'Su questo modello' },
  use: { en: 'Context of use', it: 'Contesto d’uso' },
  licence: { en: 'Licence', it: 'Licenza' },
} as const satisfies Record<string, Readonly<Record<Language, string>>>;

export type Key = keyof typeof STRINGS;
export type Translate = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

export const KEYS = Object.keys(STRINGS) as readonly Key[];

/** `?lang=it` wins over the browser's languages; anything else is English. */
export function chooseLanguage(search: string, preferred: readonly string[]): Language {
  const asked = new URLSearchParams(search).get('lang');
  const candidates = [...(asked === null ? [] : [asked]), ...preferred].map((tag) =>
    tag.slice(0, 2).toLowerCase(),
  );
  return LANGUAGES.find((language) => language === candidates.find((tag) => isLanguage(tag))) ?? 'en';
}

function isLanguage(tag: string): tag is Language {
  return (LANGUAGES as readonly string[]).includes(tag);
}

export function translator(language: Language): Translate {
  return (key, values = {}) =>
    STRINGS[key][language].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
