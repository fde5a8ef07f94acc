// Runs once for each view of an explorer.  `mark` is the image whose onload calls it,
// `title` the explorer's name, `cells` the name of its table of numbers, if any.
// Names come from the label beside a control; a range slider has two handles.
(function (mark, title, cells) {
  function nameControl(control) {
    var label = control.querySelector('.widget-label, label');
    var words = (label || control).textContent.trim();
    var handles = control.querySelectorAll('[role=slider], .ui-slider-handle');
    handles.forEach(function (handle, index) {
      var end = handles.length < 2 ? '' : index ? ', to' : ', from';
      if (!handle.hasAttribute('role')) handle.setAttribute('role', 'slider');
      handle.setAttribute('aria-label', words + end);
    });
    control.querySelectorAll('select, input').forEach(function (field) {
      if (!field.labels || !field.labels.length)
        field.setAttribute('aria-label', words);
    });
    control.querySelectorAll('.course-explorer-end input').forEach(
      function (field, index) {
        var end = index ? ', to' : ', from';
        field.setAttribute('aria-label', words + end + ', as a number');
      });
    control.querySelectorAll('[contenteditable]').forEach(function (readout) {
      readout.setAttribute('role', 'textbox');
      readout.setAttribute('aria-label', words + ', as a number');
    });
  }
  function nameCell(cell) {
    var place = Array.from(cell.classList).find(function (word) {
      return word.indexOf('cell-at-') === 0;
    });
    var input = cell.querySelector('input');
    if (place && input) {
      var at = place.split('-');
      var words = cells + ', row ' + at[2] + ', column ' + at[3];
      input.setAttribute('aria-label', words);
    }
  }
  function nameAll(root) {
    root.querySelectorAll('.course-explorer-control').forEach(nameControl);
    root.querySelectorAll('.course-explorer-cell').forEach(nameCell);
    var picture = root.querySelector('.course-explorer-picture');
    if (picture) picture.setAttribute('aria-live', 'polite');
  }
  // A Jupyter server takes messages of 10 MB and drops larger ones without a word. So a
  // large photograph is shrunk before it is sent; a large file that is none is cut off,
  // and Python says what is wrong with it.
  var LARGEST_SIDE = 2048, LARGEST_FILE = 3e6;
  function shrunk(file) {
    return createImageBitmap(file).then(function (image) {
      var share = Math.min(1, LARGEST_SIDE / Math.max(image.width, image.height));
      var canvas = document.createElement('canvas');
      canvas.width = Math.max(1, Math.round(share * image.width));
      canvas.height = Math.max(1, Math.round(share * image.height));
      var brush = canvas.getContext('2d');
      brush.fillStyle = 'white'; // where it is transparent
      brush.fillRect(0, 0, canvas.width, canvas.height);
      brush.drawImage(image, 0, 0, canvas.width, canvas.height);
      return new Promise(function (done) {
        canvas.toBlob(done, 'image/jpeg', 0.92);
      });
    }).catch(function () {
      return file.slice(0, 1e6);
    });
  }
  function shrinkUpload(event) {
    var input = event.target, file = input.files && input.files[0];
    if (input.courseShrunk) { // it comes back, for the widget
      input.courseShrunk = false;
      return;
    }
    if (!file || file.size <= LARGEST_FILE) return;
    event.stopImmediatePropagation();
    shrunk(file).then(function (content) {
      var files = new DataTransfer();
      files.items.add(new File([content], file.name, { type: file.type }));
      input.files = files.files;
      input.courseShrunk = true;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    });
  }
  // The field for a file stands nowhere on the page (ipywidgets 8): the button holds
  // it, and clicks on it when it is clicked itself.  That is when it can be met.
  function meetTheField(event) {
    if (!event.target.closest('.widget-upload')) return;
    var fields = HTMLInputElement.prototype, click = fields.click;
    fields.click = function () {
      fields.click = click;
      if (this.type === 'file' && !this.courseMet) {
        this.courseMet = true;
        this.addEventListener('change', shrinkUpload, true);
      }
      return click.call(this);
    };
    setTimeout(function () { fields.click = click; }, 0);
  }
  function start(tries) {
    var root = mark.closest('.course-explorer');
    if (!root) {
      if (tries) setTimeout(function () { start(tries - 1); }, 50);
      return;
    }
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', title);
    root.addEventListener('focusin', function (event) {
      event.target.setAttribute('data-lm-suppress-shortcuts', 'true');
      nameAll(root);
    });
    root.addEventListener('click', meetTheField, true);
    root.setAttribute('data-lm-suppress-shortcuts', 'true');
    root.setAttribute('data-ready', 'true');
    nameAll(root);
    setTimeout(function () { nameAll(root); }, 500);
  }
  start(100);
})
