// What makes the forms easier; all of it works without.
'use strict';

function summary() {
  const errors = document.getElementById('errors');
  if (errors) errors.focus();
}

function locating() {
  const button = document.getElementById('locate');
  if (!button || !navigator.geolocation) return;
  const told = document.getElementById('locate-told');
  button.hidden = false;
  button.addEventListener('click', () => {
    navigator.geolocation.getCurrentPosition((position) => {
      document.getElementById('latitude').value = position.coords.latitude.toFixed(6);
      document.getElementById('longitude').value = position.coords.longitude.toFixed(6);
      told.textContent = told.dataset.found;
    }, () => {
      told.textContent = told.dataset.failed;
    }, { enableHighAccuracy: true, timeout: 15000 });
  });
}

function mapping() {
  const map = document.getElementById('map');
  const commune = document.getElementById('commune');
  if (!map || !commune) return;
  const show = () => {
    for (const shape of map.querySelectorAll('path')) {
      shape.classList.toggle('chosen', shape.dataset.commune === commune.value);
    }
  };
  map.hidden = false;
  map.addEventListener('click', (event) => {
    const shape = event.target.closest('path');
    if (!shape) return;
    commune.value = shape.dataset.commune;
    show();
  });
  commune.addEventListener('change', show);
  show();
}

const PHOTOS_MAX = 5;  // as the portal has them
const PHOTO_BYTES_MAX = 8 * 1024 * 1024;
const PHOTO_KINDS = ['image/jpeg', 'image/png'];
const SHRINK_KINDS = ['image/jpeg', 'image/png'];
const SHRINK_BYTES_MIN = 1024 * 1024;
const SHRINK_SIDE_MAX = 1600;

function toShrink(file) {
  return SHRINK_KINDS.includes(file.type) && file.size > SHRINK_BYTES_MIN;
}

// The photo at most 1600 px long; itself when that fails, or makes nothing smaller.
async function shrunk(file) {
  if (!toShrink(file)) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const scale = Math.min(1, SHRINK_SIDE_MAX / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const paper = canvas.getContext('2d');
    paper.fillStyle = '#fff';  // behind what a PNG lets through
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', 0.85); });
    if (!blob || blob.type !== 'image/jpeg' || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.[^.]*$/, '') + '.jpg', { type: blob.type });
  } catch {
    return file;
  }
}

// What is wrong with chosen photos, as the portal would say it; '' = nothing.
function wrongWith(files, told, shrinking) {
  if (files.length > PHOTOS_MAX) return told.many;
  // Of a file that the browser knows no kind of, the portal looks at the first bytes.
  if (files.some((file) => file.type && !PHOTO_KINDS.includes(file.type))) return told.kind;
  const large = (file) => file.size > PHOTO_BYTES_MAX && !(shrinking && toShrink(file));
  return files.some(large) ? told.large : '';
}

function photographing() {
  const input = document.getElementById('photos');
  if (!input) return;
  let choice = 0;  // how often photos were chosen
  let shrinking = false;
  const check = () => {
    const wrong = wrongWith([...input.files], input.dataset, shrinking);
    const before = document.getElementById('photos-error');  // what the portal said
    if (before) before.textContent = '';
    document.getElementById('photos-told').textContent = wrong;
    if (wrong) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
    return wrong;
  };
  input.addEventListener('change', async () => {
    choice += 1;
    const mine = choice;
    const files = [...input.files];
    shrinking = true;
    if (!check()) {
      const photos = [];
      for (const file of files) photos.push(await shrunk(file));
      if (mine !== choice) return;
      try {
        const transfer = new DataTransfer();
        for (const photo of photos) transfer.items.add(photo);
        if (photos.some((photo, i) => photo !== files[i])) input.files = transfer.files;
      } catch {
        // They are sent as they are.
      }
    }
    shrinking = false;
    check();
  });
  input.form.addEventListener('submit', (event) => {
    if (input.files.length === 0) return;
    if (event.submitter && event.submitter.name === 'again') {
      leave(input);
    } else if (check()) {
      event.preventDefault();
      input.focus();
    }
  });
}

// Photos do not come along to the other language, so they are not sent there; the page says it.
function leave(input) {
  const left = Object.assign(document.createElement('input'),
    { type: 'hidden', name: 'photos_left', value: '1' });
  input.after(left);
  input.disabled = true;
  setTimeout(() => {  // the form is on its way then
    left.remove();
    input.disabled = false;
  });
}

const DRAFT = 'lienthong-draft';
// Who reports is typed anew: the next one at this screen may be another.
const NOT_TYPED = ['token', 'category', 'request_id', 'name', 'phone', 'email'];
const DRAFT_KEPT_MS = 30 * 60 * 1000;

function readDraft() {
  try {
    const draft = JSON.parse(sessionStorage.getItem(DRAFT));
    return draft && Date.now() - draft.at < DRAFT_KEPT_MS ? draft : null;
  } catch {
    return null;
  }
}

function keepDraft(draft) {
  try {
    if (draft) sessionStorage.setItem(DRAFT, JSON.stringify(draft));
    else sessionStorage.removeItem(DRAFT);
  } catch {
    // A browser that keeps nothing.
  }
}

// What is typed stays in this tab until it is sent: for the way to another category, and for
// answers that never come. The same report again has the same id, so that it counts once.
function drafting() {
  if (document.querySelector('[data-sent]')) keepDraft(null);
  const form = document.getElementById('report');
  if (!form) return;
  const { category, request_id: id } = form.elements;
  const fresh_id = id.value;
  const fields = [...form.elements].filter((field) => field.name && field.type !== 'file'
    && field.type !== 'submit' && !NOT_TYPED.includes(field.name));
  const is_box = (field) => field.type === 'checkbox';
  const note = document.getElementById('restored');
  const fill = (draft) => {
    for (const field of fields) {
      const typed = draft.typed.filter(([name]) => name === field.name).map(([, value]) => value);
      if (is_box(field)) field.checked = typed.includes(field.value);
      else if (typed.length > 0) [field.value] = typed;
    }
    if (draft.category === category.value) id.value = draft.id;
    note.hidden = false;
  };
  const keep = () => {
    const typed = fields.filter((field) => (is_box(field) ? field.checked : field.value !== ''))
      .map((field) => [field.name, field.value]);
    keepDraft(typed.length > 0
      && { category: category.value, id: id.value, typed, at: Date.now() });
  };
  const draft = readDraft();
  if (draft && 'fresh' in form.dataset) fill(draft);
  form.addEventListener('input', keep);
  form.addEventListener('submit', keep);
  document.getElementById('discard').addEventListener('click', () => {
    keepDraft(null);
    form.reset();
    id.value = fresh_id;
    note.hidden = true;
    document.getElementById('text').focus();
  });
}

summary();
locating();
drafting();
mapping();
photographing();
