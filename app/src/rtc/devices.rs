//! Which microphones are connected, and being told when that changes.

use js_sys::Array;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaDeviceInfo, MediaDeviceKind, MediaDevices};

/// A microphone to choose: its id for the browser and its name for the person.
pub(crate) type Device = (String, String);

/// The microphones there are. Their names are known only after one was allowed.
pub(crate) async fn devices() -> Vec<Device> {
    let Some(Ok(asked)) = media_devices().map(|devices| devices.enumerate_devices()) else {
        return Vec::new();
    };
    let Ok(found) = JsFuture::from(asked).await else {
        return Vec::new();
    };
    Array::from(&found)
        .iter()
        .filter_map(|device| device.dyn_into::<MediaDeviceInfo>().ok())
        .filter(|device| {
            device.kind() == MediaDeviceKind::Audioinput && !device.device_id().is_empty()
        })
        .map(|device| (device.device_id(), device.label()))
        .collect()
}

/// Calls back whenever a device is connected or disconnected, until it is dropped.
pub(super) struct DeviceWatch {
    devices: MediaDevices,
    _on_change: Closure<dyn FnMut()>,
}

impl DeviceWatch {
    pub(super) fn start(callback: impl FnMut() + 'static) -> Option<Self> {
        let devices = media_devices()?;
        let on_change = Closure::<dyn FnMut()>::new(callback);
        devices.set_ondevicechange(Some(on_change.as_ref().unchecked_ref()));
        Some(Self {
            devices,
            _on_change: on_change,
        })
    }
}

impl Drop for DeviceWatch {
    fn drop(&mut self) {
        self.devices.set_ondevicechange(None);
    }
}

/// None on a page that came over plain HTTP from another machine.
pub(super) fn media_devices() -> Option<MediaDevices> {
    let devices = window().navigator().media_devices().ok()?;
    (!devices.is_undefined()).then_some(devices)
}
