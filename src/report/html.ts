import { dayIn, momentIn, percentIn, roleIn } from './format.ts';
import { MESSAGES } from './messages.ts';
import { isRtl, type ReportData } from './report.ts';
import { termIn } from './terms.ts';

const escaped = (text: string) =>
  text
    .replace(/[&<>"']/g, (c) => `&#${c.codePointAt(0)};`)
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ' ');

/** The report as one page without scripts and without anything from elsewhere. */
export function renderHtml(data: ReportData): string {
  const words = MESSAGES[data.language];
  // The right eye stands at the left in every language.
  const direction = isRtl(data.language) ? 'rtl' : 'ltr';
  const { patient, outcome, review, template } = data;
  const closing = template.closing[data.language];
  const result = review ? review.result : outcome?.result;
  const eyes = data.eyes.map(({ eye, level, images, ...own }) => {
    const said = (eye && review?.grades[eye]) || { result: own.result, level };
    return `<section dir="${direction}"><h2>${words[eye ?? 'unknownEye']}</h2>
<p>${said.result ? words[said.result] : '–'}${said.level ? ` · ${escaped(termIn(data.language, said.level))}` : ''}</p>
${images
  .map(
    (
      image,
    ) => `<figure><img alt="" src="data:image/jpeg;base64,${Buffer.from(image.jpeg).toString('base64')}">
<figcaption>${escaped(image.fileName)}${image.quality ? ` · ${words.quality}: ${escaped(words[image.quality as 'good'] ?? image.quality)}` : ''}<br><code>${image.sha256}</code></figcaption></figure>
${image.refusal ? `<p>${words.notRead}: ${escaped(image.refusal)}</p>` : ''}<table>${image.findings
      .map(
        ({ name, probability }) =>
          `<tr><th>${escaped(termIn(data.language, name))}</th><td>${percentIn(data.language, probability)}</td></tr>`,
      )
      .join(
        '',
      )}</table>${image.explanation ? `<h3>${words.explanation}</h3>${image.explanation.jpeg ? `<img class="map" alt="" src="data:image/jpeg;base64,${Buffer.from(image.explanation.jpeg).toString('base64')}">` : ''}<p dir="ltr">${escaped(image.explanation.text)}</p>` : ''}${image.model ? `<p><small>${escaped(`${image.model.name} ${image.model.version} ${image.model.sha256}`)}</small></p>` : ''}`,
  )
  .join('\n')}</section>`;
  });
  return `<!doctype html>
<html lang="${data.language}" dir="${direction}"><meta charset="utf-8"><title>${words.title}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}main{display:grid;grid-template-columns:1fr 1fr;gap:2rem}figure img{max-width:100%;background:#000}.map{max-width:12rem}.logo{float:right;max-width:11rem;max-height:4.5rem}main{direction:ltr}th{text-align:start;font-weight:400}td{text-align:end}code{font-size:.7em;word-break:break-all}</style>
<header>${template.logo ? `<img class="logo" alt="" src="data:image/${template.logo[0] === 0xff ? 'jpeg' : 'png'};base64,${Buffer.from(template.logo).toString('base64')}">` : ''}<h1${template.colour ? ` style="color:${template.colour}"` : ''}>${words.title}</h1><p>${[data.clinic, ...template.address].filter(Boolean).map(escaped).join('<br>')}</p>
<p><strong>${words.patient} ${escaped(patient.identifier)}${patient.name ? ` · ${escaped(patient.name)}` : ''}</strong><br>
${patient.birthDate ? `${words.born} ${dayIn(data.language, patient.birthDate)} · ` : ''}${patient.sex ? `${words[patient.sex]} · ` : ''}${words.visit} ${dayIn(data.language, data.date)}</p>
<p><strong>${result ? words[result] : '–'}</strong></p>${review ? '' : `<p><strong>${words.unsigned}</strong></p>`}
${outcome ? `<p>${words.byModels}: ${words[outcome.result]}. ${escaped(`${outcome.say} ${outcome.next} (${outcome.rule})`)}</p>` : ''}</header>
<main>${eyes.join('\n')}</main>
${review ? `<p>${words.byReader}: ${escaped(review.reader)} (${escaped(roleIn(words, review.role))}) · ${words[review.decision]} · ${words.signed} ${momentIn(data.language, review.signedAt)}</p>${review.comment ? `<p>${words.comment}: ${escaped(review.comment)}</p>` : ''}` : ''}
<footer>${closing ? `<p>${escaped(closing)}</p>` : ''}<p>${words.probabilities}.</p><p><strong>${words.disclaimer}</strong></p><p><small>Fovea ${escaped(data.version)} · ${words.made} ${momentIn(data.language, data.createdAt)}</small></p></footer></html>
`;
}
