// Words of the page about comparing arms: differences, times to an event, subgroups, who the numbers are about, and what is
// unsure apart from how patients differ. In English and Italian; strings.ts takes them in.

export const COMPARE_STRINGS = {
  compare: { en: 'Compare', it: 'Confronto' },
  sentenceMedian: { en: '{arm}: median {median}.', it: '{arm}: mediana {median}.' },
  compareParts: { en: 'Parts of the comparison', it: 'Parti del confronto' },
  differencesPart: { en: 'Differences', it: 'Differenze' },
  survivalPart: { en: 'Time to event', it: 'Tempo all’evento' },
  subgroupsPart: { en: 'Subgroups', it: 'Sottogruppi' },
  versusLabel: { en: 'Compared with', it: 'Rispetto a' },
  shownAs: { en: 'Shown as', it: 'Mostrato come' },
  asDifference: { en: 'Difference', it: 'Differenza' },
  asRatio: { en: 'Ratio', it: 'Rapporto' },
  noRatio: {
    en: 'no ratio: not all values are positive',
    it: 'nessun rapporto: non tutti i valori sono positivi',
  },
  noRatioOfShares: { en: 'a share: see the difference', it: 'una quota: vedi la differenza' },
  goodLabel: { en: 'Good is', it: 'È bene' },
  goodOf: { en: 'Which way is good: {name}', it: 'Che cosa è bene: {name}' },
  goodHigher: { en: 'higher', it: 'più alto' },
  goodLower: { en: 'lower', it: 'più basso' },
  goodYes: { en: 'having it', it: 'averlo' },
  goodNo: { en: 'not having it', it: 'non averlo' },
  goodUnsaid: { en: 'not said', it: 'non detto' },
  pairedNote: {
    en: 'The same {n} patients in every arm, compared one by one. Dot: mean difference; bar: its 95 % interval for cohorts of this size.',
    it: 'Gli stessi {n} pazienti in ogni braccio, confrontati uno a uno. Punto: differenza media; barra: il suo intervallo al 95 % per coorti di questa grandezza.',
  },
  ratioNote: {
    en: 'The same {n} patients in every arm, compared one by one. Dot: typical ratio of a patient’s two values (geometric mean); bar: its 95 % interval.',
    it: 'Gli stessi {n} pazienti in ogni braccio, confrontati uno a uno. Punto: rapporto tipico tra i due valori di un paziente (media geometrica); barra: il suo intervallo al 95 %.',
  },
  oneNote: {
    en: 'One patient: a difference, and nothing to say of others.',
    it: 'Un solo paziente: una differenza, e nulla da dire degli altri.',
  },
  lessThan: { en: 'less than {versus}', it: 'meno di {versus}' },
  moreThan: { en: 'more than {versus}', it: 'più di {versus}' },
  worseThan: { en: 'worse than {versus}', it: 'peggio di {versus}' },
  betterThan: { en: 'better than {versus}', it: 'meglio di {versus}' },
  fromTo: { en: '{low} to {high}', it: 'da {low} a {high}' },
  noDifference: { en: 'no number', it: 'nessun numero' },
  perPatient: {
    en: 'Higher in {higher}, lower in {lower} of patients',
    it: 'Più alto nel {higher}, più basso nel {lower} dei pazienti',
  },
  perPatientGood: {
    en: 'Better in {benefit}, worse in {harm} of patients',
    it: 'Meglio nel {benefit}, peggio nel {harm} dei pazienti',
  },
  nobodyChanges: { en: 'Nobody changes.', it: 'Non cambia nessuno.' },
  spreadOfChange: {
    en: '9 in 10 change by {low} to {high}',
    it: 'in 9 su 10 il cambiamento va da {low} a {high}',
  },
  missingPatients: {
    en: '{n} lack it in one of the arms and are left out',
    it: '{n} ne sono privi in uno dei bracci e restano esclusi',
  },
  timesOfBoth: {
    en: 'Of patients who have it in both arms only; “Time to event” counts everybody.',
    it: 'Solo dei pazienti che ce l’hanno in entrambi i bracci; «Tempo all’evento» li conta tutti.',
  },
  oneIn: { en: '1 in {n}', it: '1 su {n}' },
  inHundred: { en: '{n} in 100', it: '{n} su 100' },
  nobody: { en: 'nobody', it: 'nessuno' },
  gainsLoses: {
    en: 'Given {arm} instead of {versus}, {benefit} gains, {harm} loses.',
    it: 'Con {arm} invece di {versus}, {benefit} ci guadagna, {harm} ci perde.',
  },
  hasOnly: {
    en: '{more} has it only with {arm}, {fewer} only with {versus}.',
    it: '{more} ce l’ha solo con {arm}, {fewer} solo con {versus}.',
  },
  nntBenefit: {
    en: 'On balance 1 in {n} benefits ({limits}): the number needed to treat.',
    it: 'Nel complesso 1 su {n} ne trae beneficio ({limits}): il numero necessario da trattare.',
  },
  nntHarm: {
    en: 'On balance 1 in {n} is harmed ({limits}): the number needed to harm.',
    it: 'Nel complesso 1 su {n} ne riceve un danno ({limits}): il numero necessario per nuocere.',
  },
  nntMore: {
    en: 'On balance one more in every {n} patients ({limits}).',
    it: 'Nel complesso uno in più ogni {n} pazienti ({limits}).',
  },
  nntFewer: {
    en: 'On balance one fewer in every {n} patients ({limits}).',
    it: 'Nel complesso uno in meno ogni {n} pazienti ({limits}).',
  },
  nntUnclear: {
    en: 'On balance no clear difference, so no number needed to treat.',
    it: 'Nel complesso nessuna differenza chiara, quindi nessun numero necessario da trattare.',
  },
  bootstrapLine: {
    en: 'By resampling the patients {n} times: {values}.',
    it: 'Ricampionando i pazienti {n} volte: {values}.',
  },
  bootstrapMean: { en: 'mean {interval}', it: 'media {interval}' },
  bootstrapMedian: {
    en: 'median of the changes {interval}',
    it: 'mediana dei cambiamenti {interval}',
  },
  bootstrapMedians: {
    en: 'difference of the medians {value} ({interval})',
    it: 'differenza delle mediane {value} ({interval})',
  },
  bootstrapRatio: {
    en: 'ratio of the medians {value} ({interval})',
    it: 'rapporto delle mediane {value} ({interval})',
  },
  compareOld: { en: 'from before the change', it: 'di prima della modifica' },
  compareWait: {
    en: 'Differences are of all patients: they appear when the whole cohort is computed.',
    it: 'Le differenze sono di tutti i pazienti: appaiono quando l’intera coorte è calcolata.',
  },
  compareOneArm: {
    en: 'There is one arm. Add another one under Therapies to compare them patient by patient.',
    it: 'C’è un solo braccio. Aggiungine un altro sotto Terapie per confrontarli paziente per paziente.',
  },
  survivalAxis: { en: 'Without the event', it: 'Senza l’evento' },
  survivalHelp: {
    en: 'Share of patients without the event, {name}. Left and right arrows read values off it; a table follows.',
    it: 'Quota di pazienti senza l’evento, {name}. Le frecce sinistra e destra leggono i valori; segue una tabella.',
  },
  survivalLegend: {
    en: 'line: share still without the event (Kaplan–Meier) · band: 95 % interval at each time',
    it: 'linea: quota ancora senza l’evento (Kaplan–Meier) · banda: intervallo al 95 % a ogni tempo',
  },
  survivalAt: { en: '{share} ({low}–{high}), {n} at risk', it: '{share} ({low}–{high}), {n} a rischio' },
  survivalEvents: { en: '{n} of {of} have it by {to}', it: '{n} su {of} ce l’hanno entro {to}' },
  survivalCensored: { en: '{n} left before', it: '{n} usciti prima' },
  survivalMedian: { en: 'half have it by {time}', it: 'metà ce l’ha entro {time}' },
  survivalMedianNone: { en: 'fewer than half have it', it: 'meno della metà ce l’ha' },
  survivalMean: {
    en: 'on average {mean} of these {to} without it',
    it: 'in media {mean} di questi {to} senza',
  },
  survivalFailed: { en: '{n} failed and are left out', it: '{n} falliti ed esclusi' },
  logRank: { en: 'Log-rank test: p {p}.', it: 'Test log-rank: p {p}.' },
  hazardRatio: {
    en: 'Hazard of {arm} against {versus}: ratio {ratio} ({limits}).',
    it: 'Rischio istantaneo di {arm} rispetto a {versus}: rapporto {ratio} ({limits}).',
  },
  noHazardRatio: {
    en: 'There is no hazard ratio of {arm} against {versus}:',
    it: 'Non c’è un rapporto dei rischi di {arm} rispetto a {versus}:',
  },
  survivalSame: {
    en: 'The arms are the same patients, but test and ratio reckon as if they were different people: p and intervals err on the safe side. The ratio also takes the hazards to be proportional all the time.',
    it: 'I bracci sono gli stessi pazienti, ma test e rapporto calcolano come se fossero persone diverse: p e intervalli sono prudenti. Il rapporto suppone inoltre rischi proporzionali per tutto il tempo.',
  },
  atRisk: { en: 'At risk', it: 'A rischio' },
  asTable: { en: 'As a table', it: 'Come tabella' },
  subgroupsOf: { en: 'Divide the cohort by', it: 'Dividi la coorte per' },
  cutsOf: { en: 'Cuts of {name}', it: 'Tagli di {name}' },
  cutsHint: { en: 'at the median', it: 'alla mediana' },
  cutsWrong: {
    en: 'Numbers with commas between them, such as 30, 60.',
    it: 'Numeri separati da punti e virgola, come 0,5; 1,5.',
  },
  subgroupsEmpty: {
    en: 'Choose a covariate above: every outcome is then counted again for each part of the cohort, such as kidney function below 30, 30 to 60, and above.',
    it: 'Scegli una covariata qui sopra: ogni esito viene ricalcolato per ogni parte della coorte, come funzione renale sotto 30, da 30 a 60, e oltre.',
  },
  subgroupsWait: {
    en: 'The groups appear when the whole cohort is computed.',
    it: 'I gruppi appaiono quando l’intera coorte è calcolata.',
  },
  noCovariates: {
    en: 'The model has no covariates to divide the cohort by.',
    it: 'Il modello non ha covariate per cui dividere la coorte.',
  },
  subgroupEndpoint: { en: 'Outcome', it: 'Esito' },
  groupBelow: { en: 'below {cut}', it: 'sotto {cut}' },
  groupFrom: { en: '{cut} and above', it: '{cut} e oltre' },
  everybody: { en: 'All patients', it: 'Tutti i pazienti' },
  patientsShort: { en: 'n = {n}', it: 'n = {n}' },
  subgroupsNote: {
    en: '{arm} less {versus}, patient by patient. Dot: mean difference; bar: its 95 % interval; dashed: all patients.',
    it: '{arm} meno {versus}, paziente per paziente. Punto: differenza media; barra: il suo intervallo al 95 %; tratteggio: tutti i pazienti.',
  },
  subgroupsNoteOne: {
    en: 'Dot: median, or share; bar: from 5 to 95 % of the patients.',
    it: 'Punto: mediana, o quota; barra: dal 5 al 95 % dei pazienti.',
  },
  multiplicity: {
    en: '{n} comparisons here, {all} over all outcomes and arms: if nothing made any difference, {chance} of these {n} intervals would exclude zero by chance, and {chances} of all. See whether the groups agree, not which one stands out.',
    it: '{n} confronti qui, {all} su tutti gli esiti e bracci: se nulla facesse differenza, {chance} di questi {n} intervalli escluderebbe lo zero per caso, e {chances} di tutti. Guarda se i gruppi concordano, non quale spicca.',
  },
  whoTitle: { en: 'Who these numbers are about', it: 'Di chi sono questi numeri' },
  funnelDrawn: { en: 'candidates drawn', it: 'candidati estratti' },
  weightedLine: {
    en: 'Weighted: worth {effective} of {n} patients; the largest weight is {largest} times the average.',
    it: 'Pesati: valgono {effective} di {n} pazienti; il peso maggiore è {largest} volte la media.',
  },
  weightedExcluded: { en: '{n} weigh nothing.', it: '{n} non pesano nulla.' },
  weightedTargets: { en: 'Targets of the weights', it: 'Obiettivi dei pesi' },
  weightTarget: { en: 'Target', it: 'Obiettivo' },
  weightReached: { en: 'Weighted', it: 'Pesati' },
  weightBefore: { en: 'Unweighted', it: 'Non pesati' },
  studiesLegend: {
    en: 'dotted: where the median lies in 9 of 10 studies of {n} patients with other parameters (we are unsure)',
    it: 'punteggiata: dove sta la mediana in 9 studi su 10 di {n} pazienti con altri parametri (siamo incerti)',
  },
  studiesRange: {
    en: 'In 9 of 10 studies of {n} patients {centre} lies here: {values}.',
    it: 'In 9 studi su 10 di {n} pazienti {centre} sta qui: {values}.',
  },
  studiesWithout: {
    en: 'In some studies nobody has it: {values}.',
    it: 'In alcuni studi non ce l’ha nessuno: {values}.',
  },
  studiesWithoutOf: { en: '{n} of {of} ({arm})', it: '{n} su {of} ({arm})' },
  studiesMedian: { en: 'the median', it: 'la mediana' },
  studiesShare: { en: 'the share', it: 'la quota' },
  studiesVariance: {
    en: 'Of the variance {values} is what we are unsure of; the rest is how patients differ.',
    it: 'Della varianza {values} è ciò di cui siamo incerti; il resto è quanto i pazienti differiscono.',
  },
} as const;
