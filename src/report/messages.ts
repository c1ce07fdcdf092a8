import type { Language } from './report.ts';

const en = {
  title: 'Retinal reading',
  patient: 'Patient',
  born: 'Born',
  sex: 'Sex',
  female: 'female',
  male: 'male',
  other: 'other',
  visit: 'Visit',
  OD: 'Right eye (OD)',
  OS: 'Left eye (OS)',
  unknownEye: 'Eye not known',
  noImage: 'No image',
  negative: 'Negative',
  positive: 'Positive',
  ungradable: 'Not gradable',
  byModels: 'Models and rule',
  byReader: 'Reader',
  confirmed: 'confirmed',
  changed: 'overruled',
  retake: 'new images asked for',
  signed: 'Signed',
  comment: 'Comment',
  unsigned: 'UNSIGNED DRAFT: no human has confirmed this.',
  quality: 'Quality',
  good: 'good',
  'barely gradable': 'barely gradable',
  'not gradable': 'not gradable',
  probabilities: 'Calibrated probabilities of the model, not a diagnosis',
  notRead: 'Not read by a model',
  made: 'Made',
  disclaimer: 'Research use only. Not a medical device. Not for diagnosis or to delay care.',
};

export type Messages = Readonly<Record<keyof typeof en, string>>;

const es: Messages = {
  ...{
    title: 'Lectura retiniana',
    patient: 'Paciente',
    born: 'Nacimiento',
    sex: 'Sexo',
    female: 'mujer',
    male: 'hombre',
  },
  ...{
    other: 'otro',
    visit: 'Visita',
    OD: 'Ojo derecho (OD)',
    OS: 'Ojo izquierdo (OS)',
    unknownEye: 'Ojo desconocido',
  },
  ...{ noImage: 'Sin imagen', negative: 'Negativo', positive: 'Positivo', ungradable: 'No evaluable' },
  ...{ byModels: 'Modelos y regla', byReader: 'Lector', confirmed: 'confirmado', changed: 'corregido' },
  ...{ retake: 'se piden nuevas imágenes', signed: 'Firmado', comment: 'Comentario' },
  unsigned: 'BORRADOR SIN FIRMA: ninguna persona lo ha confirmado.',
  ...{
    quality: 'Calidad',
    good: 'buena',
    'barely gradable': 'apenas evaluable',
    'not gradable': 'no evaluable',
  },
  probabilities: 'Probabilidades calibradas del modelo, no un diagnóstico',
  ...{ notRead: 'No leída por ningún modelo', made: 'Emitido' },
  disclaimer:
    'Solo para investigación. No es un producto sanitario. No debe usarse para diagnosticar ni para retrasar la atención.',
};

const fr: Messages = {
  ...{
    title: 'Lecture rétinienne',
    patient: 'Patient',
    born: 'Naissance',
    sex: 'Sexe',
    female: 'femme',
    male: 'homme',
  },
  ...{
    other: 'autre',
    visit: 'Visite',
    OD: 'Œil droit (OD)',
    OS: 'Œil gauche (OS)',
    unknownEye: 'Œil inconnu',
  },
  ...{ noImage: 'Aucune image', negative: 'Négatif', positive: 'Positif', ungradable: 'Non interprétable' },
  ...{ byModels: 'Modèles et règle', byReader: 'Lecteur', confirmed: 'confirmé', changed: 'corrigé' },
  ...{ retake: 'nouvelles images demandées', signed: 'Signé', comment: 'Commentaire' },
  unsigned: 'BROUILLON NON SIGNÉ : confirmé par personne.',
  ...{ quality: 'Qualité', good: 'bonne', 'barely gradable': 'à peine interprétable' },
  ...{
    'not gradable': 'non interprétable',
    probabilities: 'Probabilités calibrées du modèle, pas un diagnostic',
  },
  ...{ notRead: 'Lue par aucun modèle', made: 'Établi' },
  disclaimer:
    'Réservé à la recherche. N’est pas un dispositif médical. Ne pas utiliser pour diagnostiquer ni pour différer des soins.',
};

const de: Messages = {
  ...{ title: 'Netzhautbefund', patient: 'Patient', born: 'Geboren', sex: 'Geschlecht', female: 'weiblich' },
  ...{
    male: 'männlich',
    other: 'divers',
    visit: 'Untersuchung',
    OD: 'Rechtes Auge (OD)',
    OS: 'Linkes Auge (OS)',
  },
  ...{ unknownEye: 'Auge unbekannt', noImage: 'Kein Bild', negative: 'Negativ', positive: 'Positiv' },
  ...{
    ungradable: 'Nicht beurteilbar',
    byModels: 'Modelle und Regel',
    byReader: 'Befunder',
    confirmed: 'bestätigt',
  },
  ...{
    changed: 'geändert',
    retake: 'neue Aufnahmen erbeten',
    signed: 'Unterschrieben',
    comment: 'Bemerkung',
  },
  unsigned: 'ENTWURF OHNE UNTERSCHRIFT: von keinem Menschen bestätigt.',
  ...{
    quality: 'Qualität',
    good: 'gut',
    'barely gradable': 'kaum beurteilbar',
    'not gradable': 'nicht beurteilbar',
  },
  probabilities: 'Kalibrierte Wahrscheinlichkeiten des Modells, keine Diagnose',
  ...{ notRead: 'Von keinem Modell gelesen', made: 'Erstellt' },
  disclaimer:
    'Nur für die Forschung. Kein Medizinprodukt. Nicht zur Diagnose und nicht, um eine Behandlung aufzuschieben.',
};

/** Words of the report. What rules and models say stands in their own language, English. */
export const MESSAGES: Readonly<Record<Language, Messages>> = { en, es, fr, de };
