// What a blank model begins with: small, whole, and running, so that every line shows where its kind goes.
export const BLANK_MODEL = `model blank "My model"
  use "Teaching and research. Not for treating a patient."
  time h

covariate WT "Body weight" : kg ~ lognormal(median 70, sdlog 0.2) within 40 .. 120

parameter TVCL "Typical clearance" = 5 [L/h]  range 1 .. 20
parameter TVV  "Typical volume"    = 40 [L]   range 10 .. 100
random eta_cl ~ normal(variance 0.09)

CL = TVCL * (WT / 70 [kg])^0.75 * exp(eta_cl)
V  = TVV * WT / 70 [kg]

compartment central : mg
flow elimination : central -> at CL / V * central

output conc "Concentration" = central / V in mg/L

therapy bolus "100 mg every 12 hours"
  dose 100 [mg] into central every 12 h times 4

endpoint peak "Highest concentration" = max(conc, 0 h .. 48 h)

show until 48 h every 0.5 h
`;
