// math.h - enough to compile for the ESP8266.
#pragma once
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define HUGE_VALF __builtin_huge_valf()

#ifdef __cplusplus
extern "C" {
#endif
float expf(float x);
float tanhf(float x);
float sqrtf(float x);
float fabsf(float x);
float fminf(float x, float y);
float fmaxf(float x, float y);
float fmaf(float x, float y, float z);
float floorf(float x);
float roundf(float x);
double exp(double x);
double tanh(double x);
double sqrt(double x);
#ifdef __cplusplus
}
#endif
