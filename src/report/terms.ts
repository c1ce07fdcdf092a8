import type { Language } from './report.ts';

type Others = readonly [es: string, fr: string, de: string, hi: string, ar: string];

/** What the shipped models and rules call things, in the other languages of the report. */
const TERMS: Readonly<Record<string, Others>> = {
  // Levels of rules/*.json
  none: ['ninguna', 'aucune', 'keine', 'कोई नहीं', 'لا يوجد'],
  mild: ['leve', 'légère', 'mild', 'हल्की', 'خفيف'],
  moderate: ['moderada', 'modérée', 'mäßig', 'मध्यम', 'متوسط'],
  severe: ['grave', 'sévère', 'schwer', 'गंभीर', 'شديد'],
  proliferative: ['proliferativa', 'proliférante', 'proliferativ', 'प्रोलिफेरेटिव', 'تكاثري'],
  oedema: ['edema', 'œdème', 'Ödem', 'सूजन', 'وذمة'],
  disease: ['enfermedad', 'maladie', 'Erkrankung', 'रोग', 'مرض'],
  // Classes of the shipped models
  Normal: ['Normal', 'Normal', 'Normal', 'सामान्य', 'طبيعي'],
  'Diabetic retinopathy': [
    'Retinopatía diabética',
    'Rétinopathie diabétique',
    'Diabetische Retinopathie',
    'डायबिटिक रेटिनोपैथी',
    'اعتلال الشبكية السكري',
  ],
  Glaucoma: ['Glaucoma', 'Glaucome', 'Glaukom', 'ग्लूकोमा', 'الزرق (غلوكوما)'],
  Cataract: ['Catarata', 'Cataracte', 'Katarakt', 'मोतियाबिंद', 'الساد'],
  'Age-related macular degeneration': [
    'Degeneración macular asociada a la edad',
    'Dégénérescence maculaire liée à l’âge',
    'Altersabhängige Makuladegeneration',
    'आयु-संबंधी मैक्युलर डिजनरेशन',
    'التنكس البقعي المرتبط بالعمر',
  ],
  'Hypertensive retinopathy': [
    'Retinopatía hipertensiva',
    'Rétinopathie hypertensive',
    'Hypertensive Retinopathie',
    'हाइपरटेंसिव रेटिनोपैथी',
    'اعتلال الشبكية بارتفاع الضغط',
  ],
  'Pathological myopia': [
    'Miopía patológica',
    'Myopie pathologique',
    'Pathologische Myopie',
    'पैथोलॉजिकल मायोपिया',
    'الحسر المرضي',
  ],
  'Other abnormality': [
    'Otra anomalía',
    'Autre anomalie',
    'Andere Auffälligkeit',
    'अन्य असामान्यता',
    'شذوذ آخر',
  ],
  'No diabetic retinopathy': [
    'Sin retinopatía diabética',
    'Pas de rétinopathie diabétique',
    'Keine diabetische Retinopathie',
    'डायबिटिक रेटिनोपैथी नहीं',
    'لا اعتلال شبكية سكري',
  ],
  'Mild NPDR': ['RDNP leve', 'RDNP légère', 'Milde NPDR', 'हल्की NPDR', 'NPDR خفيف'],
  'Moderate NPDR': ['RDNP moderada', 'RDNP modérée', 'Mäßige NPDR', 'मध्यम NPDR', 'NPDR متوسط'],
  'Severe NPDR': ['RDNP grave', 'RDNP sévère', 'Schwere NPDR', 'गंभीर NPDR', 'NPDR شديد'],
  'Proliferative DR': [
    'RD proliferativa',
    'RD proliférante',
    'Proliferative DR',
    'प्रोलिफेरेटिव DR',
    'اعتلال تكاثري',
  ],
  'Choroidal neovascularisation': [
    'Neovascularización coroidea',
    'Néovascularisation choroïdienne',
    'Choroidale Neovaskularisation',
    'कोरॉइडल नियोवैस्कुलराइज़ेशन',
    'توسع وعائي مشيمي حديث',
  ],
  'Diabetic macular oedema': [
    'Edema macular diabético',
    'Œdème maculaire diabétique',
    'Diabetisches Makulaödem',
    'डायबिटिक मैक्युलर एडिमा',
    'وذمة البقعة السكرية',
  ],
  Drusen: ['Drusas', 'Drusen', 'Drusen', 'ड्रूसन', 'براريق'],
};

const ORDER: readonly Language[] = ['es', 'fr', 'de', 'hi', 'ar'];

/** A term in a language; what is unknown, as a model's or rule's of the clinic's own, stays as it is. */
export const termIn = (language: Language, term: string): string =>
  (Object.hasOwn(TERMS, term) ? TERMS[term]?.[ORDER.indexOf(language)] : undefined) ?? term;
